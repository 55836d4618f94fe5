if [ -x "${0%/*}/opensession/{hook}" ]; then exec "${0%/*}/opensession/{hook}" "$@"; fi
