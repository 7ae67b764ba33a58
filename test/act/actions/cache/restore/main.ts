import { restoreCache } from '@actions/cache'
import { getInput, getMultilineInput, setOutput } from '@actions/core'

const key = getInput('key', { required: true })
const found = await restoreCache(getMultilineInput('path'), key, getMultilineInput('restore-keys'))
setOutput('cache-primary-key', key)
if (found !== undefined) {
  setOutput('cache-matched-key', found)
  setOutput('cache-hit', String(found === key))
}
