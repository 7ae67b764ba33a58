/**
 * Runs the collector, which comes packed on standard input. What io_uring does for Node, it does with the rights that the
 * process began with (CVE-2024-22017). And a process that ends while V8's own threads still compile may wait for them for
 * ever (https://github.com/nodejs/node/issues/54918).
 */
export const RUN_COLLECTOR = 'gzip -dc | UV_USE_IO_URING=0 node --single-threaded -'
