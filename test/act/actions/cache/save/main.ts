import { saveCache } from '@actions/cache'
import { getInput, getMultilineInput } from '@actions/core'

await saveCache(getMultilineInput('path'), getInput('key', { required: true }))
