# Tells opensession in the background: this can neither fail nor delay git.
( ( b=$(command -v opensession) || b={binary}; exec "$b" hook {hook} "$@" ) </dev/null >/dev/null 2>&1 & )
