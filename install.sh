#!/bin/sh
# Installs Enforcer for one person: a private environment with pinned, hash-checked packages, and two links.
# POSIX sh, so that the oldest shell of macOS and the leanest one of Linux can run it.
set -eu

usage() {
    cat <<'TEXT'
Usage: ./install.sh [--dry-run] [--demo | --dev | --test | --uninstall]

Without an option it installs Enforcer for you and links `enforcer` and `skill-builder`. Nothing needs root.
Run it again after an update; when nothing changed it is done in a moment and needs no network.

  --demo        install, then run `enforcer demo`, which needs no key
  --dev         make the development environment .venv in this folder
  --test        the same, then run every test
  --uninstall   remove the environment and the links; your settings and sessions stay
  --dry-run     say what would be done and change nothing
  --help        this text

  ENFORCER_HOME    where the environment goes     (default: $XDG_DATA_HOME/enforcer or ~/.local/share/enforcer)
  ENFORCER_BIN     where the links go             (default: ~/.local/bin)
  ENFORCER_PYTHON  the Python to use, 3.11 to 3.13 (default: the newest that is found)
TEXT
}

main() {
    mode=install
    dry=
    for option in "$@"; do
        case $option in
            --demo | --dev | --test | --uninstall)
                [ "$mode" = install ] || fail 2 "give only one of --demo, --dev, --test and --uninstall"
                mode=${option#--}
                ;;
            --dry-run) dry=yes ;;
            -h | --help) usage && exit 0 ;;
            *) fail 2 "unknown option $option; see ./install.sh --help" ;;
        esac
    done
    CDPATH='' cd -- "$(dirname -- "$0")"
    here=$(pwd -P)
    # Settings of another environment must not lead ours astray.
    unset PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX VIRTUAL_ENV || true

    case $mode in
        uninstall) uninstall ;;
        dev | test) develop ;;
        *) install_for_person ;;
    esac
    # Not `develop && …`: behind && the shell would go on after a failure inside.
    case $mode in
        test) run "$here/scripts/test" --all ;;
        demo) run "$bin/enforcer" demo ;;
    esac
}

# --- the two environments -------------------------------------------------------------------------------------------

install_for_person() {
    places
    venv=$home/venv
    lock=requirements.lock
    check_links
    find_python
    packages=$(fingerprint "$python_id" "$lock")
    project=$(fingerprint "$packages" pyproject.toml README.md enforcer skills hooks)
    if stamped project "$project" && "$venv/bin/enforcer" --version >/dev/null 2>&1; then
        say "Enforcer is installed and up to date in $venv."
    else
        environment
        say "Installing Enforcer."
        unstamp project
        install_packages --no-deps --no-build-isolation --reinstall "$here"
        stamp project "$project"
    fi
    for name in enforcer skill-builder; do
        link "$name"
    done
    greet
}

develop() {
    venv=$here/.venv
    lock=requirements-dev.lock
    if [ -z "${ENFORCER_PYTHON:-}" ] && usable "$venv/bin/python"; then
        identify "$venv/bin/python"
    else
        find_python
    fi
    packages=$(fingerprint "$python_id" "$lock")
    environment
    # A path file and two launchers instead of an editable install: no build, no network, no package more.
    if [ -z "$dry" ]; then
        site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
        case $site in "$venv"/*) ;; *) fail 1 "$venv/bin/python is not of this environment; remove $venv and try again" ;; esac
        printf '%s\n' "$here" >"$site/enforcer-checkout.pth"
        launcher enforcer main
        launcher skill-builder skill_builder
    fi
    say "The development environment is ready in $venv."
}

# Makes $venv hold exactly the packages of $lock. An environment that was left half-made is made anew.
environment() {
    stamped packages "$packages" && "$venv/bin/python" -c '' 2>/dev/null && return
    if [ -e "$venv" ] && ! [ -f "$venv/.enforcer-made" ]; then
        # A developer's own .venv is used as it is; anybody else's folder is not ours to fill or to remove.
        { [ "$venv" = "$here/.venv" ] && usable "$venv/bin/python"; } ||
            fail 1 "$venv exists and was not made by this script; move it away or set ENFORCER_HOME"
        unstamp packages
    else
        say "Making an environment with $python ($python_id) in $venv."
        [ ! -e "$venv" ] || run rm -rf -- "$venv"
        run mkdir -p -- "$venv"
        [ -n "$dry" ] || : >"$venv/.enforcer-made"
        make_environment
    fi
    say "Installing the packages of $lock; each is checked against its hash."
    install_packages --require-hashes -r "$here/$lock"
    stamp packages "$packages"
}

make_environment() {
    if [ -n "$uv" ]; then
        # uv asks before it fills a folder that is there, and ours holds the mark already.
        run "$uv" venv --quiet --allow-existing --python "$python" "$venv"
        [ -z "$dry" ] || return 0
        "$venv/bin/python" -c '' 2>/dev/null && return
        fail 1 "uv did not make a working environment in $venv; see the lines above, then run ./install.sh again"
    fi
    run "$python" -m venv "$venv" ||
        fail 1 "Python could not make an environment in $venv; see the lines above, then run ./install.sh again"
}

# By uv where it is there; by pip when it is not, or when uv cannot reach what pip can (a mirror in pip's settings).
install_packages() {
    if [ -n "$uv" ]; then
        run env VIRTUAL_ENV="$venv" "$uv" pip install --quiet --python "$venv/bin/python" "$@" && return
        say "uv could not install them; trying pip."
    fi
    [ -n "$dry" ] || "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null ||
        fail 1 "there is no pip in $venv; see the lines above, then run ./install.sh again"
    for argument in "$@"; do
        shift
        [ "$argument" = --reinstall ] && argument=--force-reinstall
        set -- "$@" "$argument"
    done
    run "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@" ||
        fail 1 "the packages could not be installed; see the lines above, then run ./install.sh again"
}

uninstall() {
    places
    venv=$home/venv
    for name in enforcer skill-builder; do
        if ours "$bin/$name"; then
            say "Removing the link $bin/$name."
            run rm -f -- "$bin/$name"
        fi
    done
    if [ -f "$venv/.enforcer-made" ]; then
        say "Removing the environment $venv."
        run rm -rf -- "$venv"
    else
        say "There is no environment of ours in $venv."
    fi
    say "Your settings and sessions stay where they are: ${ENFORCER_CONFIG_DIR:-${XDG_CONFIG_HOME:-$HOME/.config}/enforcer}"
    say "and ${ENFORCER_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/enforcer}."
}

# --- Python ---------------------------------------------------------------------------------------------------------

find_python() {
    uv=$(command -v uv || true)
    without_venv=
    for candidate in ${ENFORCER_PYTHON:+"$ENFORCER_PYTHON"} python3.13 python3.12 python3.11 python3 python; do
        if usable "$candidate"; then
            if [ -n "$uv" ] || "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
                identify "$candidate"
                return
            fi
            without_venv=${without_venv:-$candidate}
        fi
        [ -z "${ENFORCER_PYTHON:-}" ] || break
    done
    [ -z "${ENFORCER_PYTHON:-}" ] || [ -n "$without_venv" ] ||
        fail 1 "ENFORCER_PYTHON is $ENFORCER_PYTHON, which is no Python 3.11, 3.12 or 3.13 that runs"
    [ -z "$without_venv" ] ||
        fail 1 "$without_venv cannot make environments; on Debian and Ubuntu: sudo apt install $(debian_venv "$without_venv")"
    if [ -n "$uv" ] && candidate=$("$uv" python find '>=3.11,<3.14' 2>/dev/null) && usable "$candidate"; then
        identify "$candidate"
        return
    fi
    fail 1 "Enforcer needs Python 3.11, 3.12 or 3.13 and none was found; $(python_hint)"
}

usable() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

identify() {
    uv=${uv-$(command -v uv || true)}
    # The interpreter itself: a shim on the PATH may mean another version tomorrow, and an environment may be removed.
    python=$("$1" -c 'import sys; print(getattr(sys, "_base_executable", "") or sys.executable)')
    python_id=$("$1" -c 'import platform; print(platform.python_implementation(), platform.python_version())')
}

debian_venv() {
    "$1" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
}

python_hint() {
    if [ -n "$uv" ]; then
        echo "run: uv python install 3.13"
    elif [ "$(uname -s)" = Darwin ]; then
        echo "run: brew install python@3.13"
    else
        echo "install it with your system's package manager, e.g. on Debian and Ubuntu: sudo apt install python3 python3-venv"
    fi
}

# --- stamps: what stands in an environment --------------------------------------------------------------------------

# One hash over the first argument and over the names and bytes of the files and folders that follow.
fingerprint() {
    "$python" -I -c '
import hashlib, pathlib, sys
total = hashlib.sha256(sys.argv[1].encode())
for name in sys.argv[2:]:
    top = pathlib.Path(name)
    for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
        if path.is_file() and "__pycache__" not in path.parts:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{path.as_posix()} {content}\n".encode())
print(total.hexdigest())' "$@"
}

stamped() {
    [ -f "$venv/.enforcer-$1" ] && [ "$(cat "$venv/.enforcer-$1")" = "$2" ]
}

stamp() {
    [ -n "$dry" ] || printf '%s\n' "$2" >"$venv/.enforcer-$1"
}

unstamp() {
    run rm -f -- "$venv/.enforcer-$1"
}

# --- links ----------------------------------------------------------------------------------------------------------

places() {
    [ -n "${HOME:-}" ] || fail 1 "HOME is not set; set it to your home folder and run ./install.sh again"
    home=${ENFORCER_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/enforcer}
    bin=${ENFORCER_BIN:-$HOME/.local/bin}
    case $home in /*) ;; *) fail 2 "ENFORCER_HOME is $home; give it as a path that starts with /" ;; esac
    case $bin in /*) ;; *) fail 2 "ENFORCER_BIN is $bin; give it as a path that starts with /" ;; esac
}

ours() {
    [ -L "$1" ] && [ "$(readlink "$1")" = "$home/venv/bin/${1##*/}" ]
}

# Before anything is made, so that nobody waits for an environment that cannot be linked.
check_links() {
    for name in enforcer skill-builder; do
        if [ -e "$bin/$name" ] || [ -L "$bin/$name" ]; then
            ours "$bin/$name" ||
                fail 1 "$bin/$name exists and was not made for $home; move it away or set ENFORCER_BIN"
        fi
    done
}

link() {
    ours "$bin/$1" && return
    run mkdir -p -- "$bin"
    run ln -s -- "$venv/bin/$1" "$bin/$1"
}

greet() {
    case :$PATH: in
        *":$bin:"*) say "Start it with: enforcer" ;;
        *)
            say "$bin is not on your PATH. Add this line to ~/.profile, or to ~/.zshrc on macOS, and open a new terminal:"
            say "  export PATH=\"$bin:\$PATH\""
            say "Until then start it with: $bin/enforcer"
            ;;
    esac
}

launcher() {
    # sh, not a #! line to Python: that line breaks on blanks and on long paths.
    cat >"$venv/bin/$1" <<TEXT
#!/bin/sh
exec "\$(dirname -- "\$0")/python" -P -c 'import sys; from enforcer.__main__ import $2; sys.exit($2())' "\$@"
TEXT
    chmod 755 "$venv/bin/$1"
}

# --- words ----------------------------------------------------------------------------------------------------------

run() {
    if [ -z "$dry" ]; then
        "$@"
    else
        printf 'would run:'
        printf ' %s' "$@"
        printf '\n'
    fi
}

say() {
    printf '%s\n' "${dry:+(dry run) }$*"
}

fail() {
    code=$1
    shift
    printf 'install.sh: %s\n' "$*" >&2
    exit "$code"
}

main "$@"
