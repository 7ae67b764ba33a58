import { createServer, type Server } from 'node:net'

// Below the range that the kernel gives to outgoing connections, which could take a port before its service does.
const [lowest, highest] = [20_000, 32_000]

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)
    )
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

async function takeFree(): Promise<[number, Server]> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest))
    const server = await listen(port)
    if (server !== undefined) return [port, server]
  }
}

/** That many ports on loopback that nothing listens on. */
export async function somePorts(count: number): Promise<number[]> {
  // All are held until the last is found, so that no two are the same.
  const taken = await Promise.all(Array.from({ length: count }, takeFree))
  await Promise.all(taken.map(([, server]) => new Promise((resolve) => server.close(resolve))))
  return taken.map(([port]) => port)
}
