# Prints the output of an interactive zsh after the argument and a tab.
zmodload zsh/zpty
zpty -b shell zsh -f -i
zpty -w shell 'PS1= PROMPT_EOL_MARK=; fpath=(packaging/completions $fpath); autoload -U compinit; compinit -u -D; print READY'
zpty -r shell said '*READY*READY*'
zpty -w -n shell "$1"$'\t'
sleep 1
zpty -r -t shell said
sleep 1
zpty -r -t shell more
print -r -- "$said$more"
zpty -d shell
