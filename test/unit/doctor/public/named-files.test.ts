import { expect, test } from 'vitest'
import { candidates, namedFiles } from '../../../../src/doctor/public/named-files.ts'

const page = 'https://www.acme.example/rooms/blue.html'
const at = (path: string) => `https://www.acme.example${path}`

test.each<[string, string, string[]]>([
  ['nothing', '', []],
  ['an image', '<img src=a.png>', [at('/rooms/a.png')]],
  ['an image from the root', '<img src="/a.png">', [at('/a.png')]],
  ['an image above', '<img src="../../../a.png">', [at('/a.png')]],
  ['an image elsewhere', '<img src="//cdn.example/a.png">', ['https://cdn.example/a.png']],
  ['an image twice, once for a part of it', '<img src=/a.svg><img src=/a.svg#part>', [at('/a.svg')]],
  ['an image with a question', '<img src="/a?b=1&amp;c=2#d">', [at('/a?b=1&c=2')]],
  ['an image with blanks around it', '<img src=" /a.png\n">', [at('/a.png')]],
  ['an image with a blank in it', '<img src="/a b.png">', [at('/a%20b.png')]],
  ['an image of no name', '<img src=""><img src=" "><img>', []],
  ['an image inside the page', '<img src="data:image/png;base64,AAAA"><img src="blob:x">', []],
  ['a script instead', '<img src="javascript:alert(1)">', []],
  ['what is no address', '<img src="http://[">', []],
  ['images for several screens', '<img srcset="/a.png, /b.png 2x">', [at('/a.png'), at('/b.png')]],
  ['a picture', '<picture><source srcset="/a.avif 1x"><img src="/a.png"></picture>', [at('/a.avif'), at('/a.png')]],
  ['a video', '<video src="/film.mp4" poster="/film.jpg"><source src="/film.webm"></video>', [at('/film.jpg')]],
  ['a button that is an image', '<input type="IMAGE" src="/go.png"><input type=text src="/no.png">', [at('/go.png')]],
  ['a script', '<script src="/a.js" defer></script>', [at('/a.js')]],
  ['a name in a script', '<script>const a = \'<img src="/no.png">\'</script>', []],
  ['a name in a comment', '<!-- <img src="/no.png"> -->', []],
  ['a name in a style', '<style>/* <img src="/no.png"> */</style>', []],
  ['a name in a text', '<textarea><img src="/no.png"></textarea><title><img src="/no.png"></title>', []],
  ['a template', '<template><img src="{{ image }}"></template>', []],
  ['what those without scripts see', '<noscript><img src="/a.png"></noscript>', [at('/a.png')]],
  ['a style sheet', '<link rel="StyleSheet" href="/a.css">', [at('/a.css')]],
  [
    'icons',
    '<link rel="shortcut icon" href="/a.ico"><link rel="apple-touch-icon" href="/b.png">',
    [at('/a.ico'), at('/b.png')]
  ],
  [
    'what is loaded first',
    '<link rel=preload as=style href=/a.css><link rel=preload as=font href=/no.woff>',
    [at('/a.css')]
  ],
  ['other links', '<link rel="canonical" href="/no"><link rel="alternate" href="/no"><a href="/no">no</a>', []],
  ['a base', '<img src="a.png"><base href="/else/"><base href="/no/">', [at('/else/a.png')]],
  ['a base elsewhere', '<base href="https://cdn.example/x/y"><img src="a.png">', ['https://cdn.example/x/a.png']],
  ['a base that is none', '<base href="javascript:0"><base target="_top"><img src="a.png">', [at('/rooms/a.png')]],
  ['a page that is broken off', '<p><img src="/a.png"><img src="/no', [at('/a.png')]],
  ['text that is no page', 'src="/no.png" {"img": "/no.png"}\0', []],
  ['an attribute given twice', '<img src="/a.png" src="/no.png">', [at('/a.png')]]
])('a page names %s', (_, html, expected) => {
  expect(namedFiles(html, page)).toEqual(expected)
})

test.each<[string, string[]]>([
  ['', []],
  [' , ', []],
  ['/a.png', ['/a.png']],
  ['/a.png 1x,/b.png 2x', ['/a.png', '/b.png']],
  ['/a.png,/b.png', ['/a.png,/b.png']],
  ['/a.png, /b.png', ['/a.png', '/b.png']],
  ['/a.png,, ,/b.png 100w', ['/a.png', '/b.png']],
  ['/w_10,h_20/a.png 10w, /w_20,h_40/a.png 20w', ['/w_10,h_20/a.png', '/w_20,h_40/a.png']],
  ['/a.png calc(1, 2)x, /b.png', ['/a.png', '/b.png']],
  ['/a.png (never closed, /b.png', ['/a.png']],
  ['\n\t/a.png\n1x ,\n/b.png\n', ['/a.png', '/b.png']]
])('the addresses of srcset %j', (srcset, expected) => {
  expect(candidates(srcset)).toEqual(expected)
})

test('a page that nests deeply, and one whose srcset is very long', () => {
  expect(namedFiles(`${'<div>'.repeat(20_000)}<img src="/a.png">`, page)).toEqual([at('/a.png')])
  expect(candidates('/a.png 1x, '.repeat(20_000))).toHaveLength(20_000)
})
