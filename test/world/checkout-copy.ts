import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { Finished } from '../sandbox/command.ts'
import { checkout } from '../sandbox/sandbox.ts'
import { repositoryAt } from './repository.ts'

const LEFT_OUT = /^(\.git|\.sandbox|node_modules|lib)$|(^|\/)(node_modules|\.next|generated)$|\/public\/widget$/

/** A copy of the whole checkout, in which a test may do what a user does in the checkout itself. */
export interface CheckoutCopy {
  /** Runs a line of sh there, as a user types it. */
  type(line: string): Promise<Finished>
  dispose(): void
}

/** Committed to a repository of its own; it borrows the checkout's packages. */
export function copyOfCheckout(): CheckoutCopy {
  const path = mkdtempSync(join(tmpdir(), 'tenant-checkout-'))
  cpSync(checkout, path, { recursive: true, filter: (from) => !LEFT_OUT.test(relative(checkout, from)) })
  symlinkSync(join(checkout, 'node_modules'), join(path, 'node_modules'))
  const repository = repositoryAt(path)
  execFileSync('git', ['init', '--quiet', path])
  repository.commit('The checkout')
  return { type: (line) => type(line, path), dispose: repository.dispose }
}

function type(line: string, cwd: string): Promise<Finished> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(GITHUB|TENANT|INPUT|npm|VITEST)_/.test(name))
  )
  const child = spawn('sh', ['-c', line], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? 128, stdout, stderr }))
  })
}
