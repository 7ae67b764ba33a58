import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * The way to act's server of artifacts. It ends the signature in an address with the `=` of its base64, which act looks
 * at, and which the official library drops: it divides `sig=…=` at each `=`.
 * @param port where act's server is, or will be
 */
export async function wayToResults(port: number): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((incoming, response) => {
    const path = (incoming.url ?? '/').replace(/([?&]sig=[^&=]*)(?=&|$)/, '$1=')
    // The Host header goes along: act makes the addresses that it hands out from it, and so they lead here.
    const { method, headers } = incoming
    const onward = request({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.once('error', () => response.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
