/** Login shells that an account may have, each with the file of its own that a newcomer would print something in. */
export const shells = [
  // dash and mksh do not read theirs for a command; the others do.
  { name: 'dash', path: '/bin/sh', config: '.profile' },
  { name: 'bash', path: '/bin/bash', config: '.bashrc' },
  { name: 'zsh', path: '/usr/bin/zsh', config: '.zshenv' },
  { name: 'fish', path: '/usr/bin/fish', config: '.config/fish/config.fish' },
  { name: 'tcsh', path: '/bin/tcsh', config: '.cshrc' },
  { name: 'mksh', path: '/bin/mksh', config: '.mkshrc' }
] as const
