# Tells opensession in the background which commits were rewritten, and leaves the list for the rest of this hook.
if [ ! -t 0 ] && opensession_list=$(cat 2>/dev/null) && [ -n "$opensession_list" ]; then exec <<OPENSESSION
$opensession_list
OPENSESSION
( ( b=$(command -v opensession) || b={binary}; printf '%s\n' "$opensession_list" | "$b" hook {hook} "$@" ) >/dev/null 2>&1 & )
fi
