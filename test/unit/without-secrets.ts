import { afterAll } from 'vitest'
import { redaction } from '../../src/redaction.ts'

// Files share a process here, and what one hands over would be masked in all that come after it.
afterAll(() => redaction.forget())
