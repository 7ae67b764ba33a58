// The booking form that the operator's marketing site embeds:
//   <div data-booking-widget data-api="https://booking.example.com"></div>
//   <script src="/assets/booking.js" defer></script>
// It lives in a shadow root, so that neither page's styles reach the other; --booking-accent sets its colour.
;(() => {
  const styles = `
    :host { display: block; }
    form { display: grid; gap: 0.9rem; }
    label { display: grid; gap: 0.25rem; font-weight: 600; }
    input { width: 100%; box-sizing: border-box; padding: 0.6rem 0.7rem; font: inherit; font-weight: 400; color: inherit;
      background: rgb(127 127 127 / 0.08); border: 1px solid rgb(127 127 127 / 0.45); border-radius: 0.4rem; }
    button { padding: 0.7rem 1.4rem; font: inherit; font-weight: 600; color: #fff; cursor: pointer;
      background: var(--booking-accent, #1f5c4d); border: 0; border-radius: 0.4rem; }
    button:disabled { opacity: 0.6; cursor: default; }
    em { font-weight: 400; color: var(--booking-alarm, #a3281e); }
    [role='status'] { margin: 0; }
    a { color: inherit; }`

  interface Answer {
    id?: string
    error?: string
    fields?: Record<string, string>
  }

  const fields: { name: string; label: string; attributes: Record<string, string> }[] = [
    { name: 'name', label: 'Name', attributes: { required: '', maxlength: '100', autocomplete: 'name' } },
    { name: 'date', label: 'Date', attributes: { required: '', type: 'date' } },
    {
      name: 'partySize',
      label: 'Party size',
      attributes: { required: '', type: 'number', min: '1', max: '20', value: '2' }
    }
  ]

  function element(tag: string, attributes: Record<string, string> = {}, ...children: (Node | string)[]): HTMLElement {
    const made = document.createElement(tag)
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
    made.append(...children)
    return made
  }

  function render(place: HTMLElement) {
    const api = (place.dataset.api ?? '').replace(/\/+$/, '')
    if (!/^https?:\/\//.test(api) || place.shadowRoot) return

    const root = place.attachShadow({ mode: 'open' })
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(styles)
    root.adoptedStyleSheets = [sheet]

    const complaints = new Map<string, HTMLElement>()
    const form = document.createElement('form')
    for (const { name, label, attributes } of fields) {
      const complaint = element('em', { role: 'alert' })
      complaints.set(name, complaint)
      form.append(element('label', {}, label, element('input', { name, ...attributes }), complaint))
    }
    const button = document.createElement('button')
    button.textContent = 'Book'
    const status = element('p', { role: 'status' })
    form.append(button, status)
    root.append(form)

    form.addEventListener('submit', (event) => {
      event.preventDefault()
      button.disabled = true
      status.textContent = 'One moment…'
      for (const complaint of complaints.values()) complaint.textContent = ''
      book(api, Object.fromEntries(new FormData(form)))
        .then((answer) => {
          if (answer.id) {
            const link = element('a', { href: `${api}/bookings/${encodeURIComponent(answer.id)}` }, 'See your booking')
            form.replaceChildren(element('p', { role: 'status' }, 'Thank you, your table is booked. ', link, '.'))
            return
          }
          status.textContent = answer.error ?? 'That did not work; please try again.'
          for (const [name, text] of Object.entries(answer.fields ?? {})) complaints.get(name)?.append(text)
        })
        .catch(() => {
          status.textContent = 'We could not be reached; please try again.'
        })
        .finally(() => {
          button.disabled = false
        })
    })
  }

  async function book(api: string, booking: unknown): Promise<Answer> {
    const answer = await fetch(`${api}/api/bookings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(booking)
    })
    return answer.json()
  }

  document.querySelectorAll<HTMLElement>('[data-booking-widget]').forEach(render)
})()
