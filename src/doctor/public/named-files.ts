import { parse, type DefaultTreeAdapterTypes as Html } from 'parse5'

/**
 * The images, scripts and style sheets that a page names, as absolute addresses without fragment, in their order and
 * each once; not what a browser would leave alone: comments, the text of scripts, templates.
 * @param page the page's own address
 */
export function namedFiles(html: string, page: string): string[] {
  const elements = elementsOf(parse(html, { scriptingEnabled: false }))
  const base = baseOf(elements, page)
  const files = new Set<string>()
  for (const element of elements) {
    for (const named of namesIn(element)) {
      if (named.trim() === '' || !URL.canParse(named, base)) continue
      const url = new URL(named, base)
      url.hash = ''
      if (url.protocol === 'https:' || url.protocol === 'http:') files.add(url.href)
    }
  }
  return [...files]
}

/** In document order; a loop, for a page may nest as deep as it likes. */
function elementsOf(document: Html.Document): Html.Element[] {
  const elements: Html.Element[] = []
  const open: Html.ChildNode[] = document.childNodes.toReversed()
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!('tagName' in node)) continue
    elements.push(node)
    for (let index = node.childNodes.length - 1; index >= 0; index--) open.push(node.childNodes[index]!)
  }
  return elements
}

/** The first `<base href>` counts, also for what stands before it. */
function baseOf(elements: Html.Element[], page: string): string {
  const base = elements.find((element) => element.tagName === 'base' && attribute(element, 'href') !== '')
  const href = base === undefined ? '' : attribute(base, 'href')
  if (!URL.canParse(href, page)) return page
  const url = new URL(href, page)
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : page
}

function namesIn(element: Html.Element): string[] {
  const value = (name: string) => attribute(element, name)
  switch (element.tagName) {
    case 'img':
      return [value('src'), ...candidates(value('srcset'))]
    case 'source':
      return candidates(value('srcset'))
    case 'script':
      return [value('src')]
    case 'video':
      return [value('poster')]
    case 'input':
      return value('type').trim().toLowerCase() === 'image' ? [value('src')] : []
    case 'link':
      return isLoaded(words(value('rel')), value('as').trim().toLowerCase()) ? [value('href')] : []
    default:
      return []
  }
}

function isLoaded(rel: string[], as: string): boolean {
  if (['stylesheet', 'icon', 'apple-touch-icon'].some((word) => rel.includes(word))) return true
  return rel.includes('preload') && ['image', 'script', 'style'].includes(as)
}

/** An address, and what describes it, which ends at a comma outside of brackets; an address that ends in one has nothing to describe it. */
const CANDIDATE = /([^\s,]\S*)(?:(?<=,)|(?:\([^)]*(?:\)|$)|[^(,])*)/g

/** The addresses of a `srcset`, which may hold commas themselves (https://html.spec.whatwg.org/#parse-a-srcset-attribute). */
export function candidates(srcset: string): string[] {
  return [...srcset.matchAll(CANDIDATE)].map(([, address = '']) => address.replace(/,+$/, ''))
}

function attribute(element: Html.Element, name: string): string {
  return element.attrs.find((one) => one.name === name && one.prefix === undefined)?.value ?? ''
}

const words = (text: string) => text.toLowerCase().split(/\s+/)
