/**
 * What a key that may only look and its host speak: one line of JSON each way. Another number for every change that an
 * older side would misread; what is only new, an older collector refuses by itself.
 */
export const PROTOCOL = 2

/** The one word that the key's holder may say to sshd; whatever else was to be run, or copied, is refused before it begins. */
export const HELD_COMMAND = 'tenant-deploy-look'

/** So long may all questions of one line be answered, in seconds: longer than any run waits. */
export const HELD_SECONDS = 330

/** What the host answers where it does not know the protocol that it is asked in. */
export interface Mismatch {
  mismatch: { asked: unknown; speaks: number }
}
