/** @type {import('next').NextConfig} */
export default {
  poweredByHeader: false,
  images: { unoptimized: true },
  // Without a root Next looks for lockfiles in the folders above, and takes the wrong one inside a monorepo.
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname
}
