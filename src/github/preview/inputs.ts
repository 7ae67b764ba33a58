import * as core from '@actions/core'
import type { PlannedTenant } from '../../report/preview-report.ts'
import { unusable } from '../input.ts'
import { plannedFrom } from './planned.ts'

/** What previews of pull requests need besides. */
export interface PreviewInputs {
  /** Of `preview`: the file to leave. */
  file: string | null
  /** Of `preview`: the checkout that the pull request is made against. */
  base: string | null
  /** Of `preview-comment`, which needs it: the folder with what the preview jobs left. */
  previews: string | null
  /** Of `preview-comment`, which needs it: who has to be in it. */
  planned: PlannedTenant[]
}

const owners = { preview: 'preview', base: 'preview', previews: 'preview-comment', planned: 'preview-comment' } as const

/** @throws TenantError for an input that can't be used, or that does not go with the command */
export function previewInputs(command: string): PreviewInputs {
  const given = (name: keyof typeof owners): string | null => {
    const value = core.getInput(name)
    if (value !== '' && command !== owners[name])
      throw unusable(name, `does not go with ${command}`, `leave it out: it is for ${owners[name]}`)
    return value === '' ? null : value
  }
  const inputs = { file: given('preview'), base: given('base'), previews: given('previews') }
  const planned = given('planned')
  if (command !== 'preview-comment') return { ...inputs, planned: [] }
  if (inputs.previews === null)
    throw unusable(
      'previews',
      'is missing: preview-comment needs it',
      'name the folder that the artifacts were downloaded to'
    )
  if (planned === null)
    throw unusable(
      'planned',
      'is missing: preview-comment needs it',
      'add `planned: ${{ toJSON(needs.plan.outputs) }}`'
    )
  return { ...inputs, planned: plannedFrom(planned) }
}
