/** The operator's name, read at request time: one build serves whichever operator's environment it is started in. */
export function brandName(): string {
  return process.env.BRAND_NAME ?? 'Bookings'
}
