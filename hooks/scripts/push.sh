# Shares sessions in the background: this can neither fail nor delay git. Who pushes their branch needs no help.
if [ ! -t 0 ] && opensession_list=$(cat 2>/dev/null) && [ -n "$opensession_list" ]; then exec <<OPENSESSION
$opensession_list
OPENSESSION
fi
case ${opensession_list-} in *refs/heads/opensession/sessions*) ;; *) ( (trap '' HUP; b=$(command -v opensession) || b={binary}; exec "$b" hook {hook} "$@" ) </dev/null >/dev/null 2>&1 & ) ;; esac
