import type { World } from './world.ts'

/** What another account's process does with a port that is none of its own. */
export interface Squat {
  account: string
  address: string
  port: number
  /**
   * `holds`: binds it and does not listen. `answers`: listens, and answers as the release that is given. `waits`: binds it so
   * that others may bind it too, takes the id of the next release from the list of processes once PM2 starts it, and listens
   * and answers as that release.
   */
  does: 'holds' | 'waits' | { answers: string }
}

/** Node listens whenever it binds, and chooses for itself how. Perl is on every Debian. */
const SCRIPT = `$| = 1; $SIG{PIPE} = 'IGNORE';
my ($host, $port, $does, $release) = @ARGV; my $v6 = $host =~ /:/;
socket(S, $v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0) or die $!;
setsockopt(S, SOL_SOCKET, SO_REUSEADDR, $does eq 'holds' ? 0 : 1) or die $!;
bind(S, $v6 ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $host)) : pack_sockaddr_in($port, inet_aton($host))) or die $!;
if ($does eq 'answers') { listen(S, 50) or die $! }
print "ready\\n";
if ($does eq 'holds') { sleep 600; exit }
while (!defined $release) {
  for my $file (glob '/proc/[0-9]*/cmdline') {
    open(F, '<', $file) or next;
    my $words = join '', <F>;
    close F;
    $release = $1 if $words =~ m{/app/releases/([^/\\0]+)/\\.tenant/process\\.json};
  }
  select(undef, undef, undef, 0.01);
}
if ($does eq 'waits') { listen(S, 50) or die $!; print "listens as $release\\n" }
my $body = '{"release":"' . $release . '"}';
while (accept(C, S)) {
  my $asked = ''; 1 while $asked !~ /\\r\\n\\r\\n/ && sysread(C, $asked, 4096, length $asked);
  print "asked\\n";
  syswrite(C, "HTTP/1.1 200 OK\\r\\nContent-Length: " . length($body) . "\\r\\nConnection: close\\r\\n\\r\\n$body");
  close C;
}`

export interface Squatter extends AsyncDisposable {
  /** What it said so far. */
  said(): Promise<string>
}

export async function squatter(world: World, { account, address, port, does }: Squat): Promise<Squatter> {
  const must = async (argv: string[], as?: string) => {
    const { code, stdout, stderr } = await world.exec(argv, as === undefined ? {} : { as })
    if (code !== 0) throw new Error(`${argv[0]}: ${stderr}`)
    return stdout.trim()
  }
  const words = typeof does === 'string' ? [does] : ['answers', does.answers]
  const script = 'file=$(mktemp)\nsetsid perl -MSocket=:all -e "$@" </dev/null >"$file" 2>&1 &\necho $!; echo "$file"'
  const printed = await must(['sh', '-c', script, 'sh', SCRIPT, address, String(port), ...words], account)
  const [pid = '', file = ''] = printed.split('\n')
  await must([
    'sh',
    '-c',
    'for each in $(seq 100); do grep -qx ready "$1" && exit 0; sleep 0.1; done; cat "$1" >&2; exit 1',
    'sh',
    file
  ])
  return {
    said: () => must(['cat', file]),
    [Symbol.asyncDispose]: async () => void (await must(['sh', '-c', 'kill "$1"; rm -f "$2"', 'sh', pid, file]))
  }
}
