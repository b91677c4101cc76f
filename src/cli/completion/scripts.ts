/** The line that asks the shell for names of files. */
export const FILES = ":files";

const BASH = `# Completion of cognate for bash: source it, or put it into ~/.local/share/bash-completion/completions/cognate
_cognate() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ${FILES} ]]; then
      compopt -o default 2>/dev/null
    else
      COMPREPLY+=("$(printf '%q' "\${line%%$'\\t'*}")")
    fi
  done < <("\${COMP_WORDS[0]}" complete-words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _cognate cognate
`;

const ZSH = `#compdef cognate
# Completion of cognate for zsh: put it into a directory of $fpath as _cognate, or source it after compinit.
_cognate() {
  local line word
  local -a described
  for line in "\${(@f)$(\${(Q)words[1]} complete-words -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == ${FILES} ]]; then
      _files
      return
    fi
    [[ -z $line ]] && continue
    word=\${line%%$'\\t'*}
    if [[ $line == *$'\\t'* ]]; then
      described+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
    else
      described+=("\${word//:/\\\\:}")
    fi
  done
  _describe -t words cognate described
}
if [[ \${funcstack[1]} == _cognate ]]; then
  _cognate "$@"
else
  compdef _cognate cognate
fi
`;

const FISH = `# Completion of cognate for fish: put it into ~/.config/fish/completions/cognate.fish, or source it.
function __cognate_words
  set -l line (commandline -opc)
  set -l typed (commandline -ct)
  set -l found ($line[1] complete-words -- $line[2..-1] "$typed" 2>/dev/null)
  if test "$found" = '${FILES}'
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c cognate -f -a '(__cognate_words)'
`;

/** What each shell reads to complete this program's command lines. */
export const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
