export interface ProbeAttempt {
  /** HTTP status; absent where there was no answer, or none that counts. */
  status?: number
  ms: number
  release?: string
  error?: string
  /** Other accounts that listen on the port, or answered on it; absent where there are none. Sorted. */
  foreign?: string[]
}

export interface ProbeFact {
  ok: boolean
  attempts: ProbeAttempt[]
}

export interface ConnectionsFact {
  established: number
  /** Whether anything listens on the port. */
  listening: boolean
}

/** Who has a port, as far as the kernel shows it: a socket that is bound and does not listen, it shows to nobody. */
export interface BindFact {
  /** Whether every address could be bound and listened on. */
  free: boolean
  /** The address that could not, and the system's code for why. */
  refused?: { address: string; code: string }
  /** Accounts that listen on the port; sorted. */
  listening: string[]
  /** Accounts with a connection whose local port it is; sorted. */
  connected: string[]
  /** Whether connections on it are still closing (TIME_WAIT, …), which belong to no account any more. */
  closing: boolean
}
