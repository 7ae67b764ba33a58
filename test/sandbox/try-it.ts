/**
 * What somebody new runs: the README lists it, `up` prints what comes after it, and a test runs it. In this order, on a
 * fresh sandbox, each ends with exit code 0.
 */
export const tryIt = [
  'npm run sandbox -- up',
  'npm run -s tenant -- provision yourbrand',
  'npm run -s tenant -- deploy yourbrand all',
  'npm run -s tenant -- backup yourbrand',
  "sed -i 's/Come hungry/Come early/' test/yourbrand-site/index.html",
  'npm run -s tenant -- deploy yourbrand marketing',
  'npm run -s tenant -- releases yourbrand',
  'npm run -s tenant -- rollback yourbrand marketing',
  'git checkout -- test/yourbrand-site/index.html',
  'npm run -s tenant -- doctor yourbrand',
  'npm run -s sandbox -- exec -- ls -l /srv/tenants/yourbrand/marketing/',
  'npm run sandbox -- down'
]
