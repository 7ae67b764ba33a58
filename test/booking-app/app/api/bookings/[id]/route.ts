import { preflight } from '../../../../lib/origin'
import { showBooking } from '../../../../lib/show-booking'

export const dynamic = 'force-dynamic'

export const OPTIONS = preflight

export async function GET(request: Request, { params }: { params: Promise<{ id: string }> }): Promise<Response> {
  return showBooking(request, (await params).id)
}
