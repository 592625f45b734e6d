# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # host and releases/ set the rest
#
# Part of scripts/host/host: downloads the packages of a release into the cache,
# with apt and the Debian archive's keys, from the mirror that this machine
# uses. The apt state is private: of the machine's own state only the
# configuration and the list of sources are read, and nothing is ever changed.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# unavailable WHY: end with status 77, since the packages of this release cannot
# be downloaded here.
unavailable() {
    printf 'host: cannot get Debian %s here: %s\n' "$release" "$1" >&2
    exit 77
}

# Print the roots of the Debian mirrors among this machine's sources, one per
# line. --print-uris locks nothing and does not use the network.
machine_mirrors() {
    if [ -n "${XEN_TEST_VM_MIRROR:-}" ]; then
        printf '%s\n' "${XEN_TEST_VM_MIRROR%/}" \
            "${XEN_TEST_VM_MIRROR%/}-security"
        return
    fi
    apt-get update --print-uris 2>/dev/null |
        sed -n "s|^'\(.*\)/dists/.*/InRelease' .*|\1|p" | sort -u
}

# Print a sources.list line for each suite of the release.
list_sources() {
    local mirrors entry part suite mirror
    mirrors=$(machine_mirrors)
    for entry in "${suites[@]}"; do
        read -r part suite <<<"$entry"
        # A snapshot mirror has a date after the part's name.
        mirror=$(grep -E -m 1 "/$part(/|\$)" <<<"$mirrors") || continue
        printf 'deb [arch=%s signed-by=%s] %s %s main\n' \
            "$debian" "$keyring" "$mirror" "$suite"
    done
}

write_apt_configuration() {
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    : >"$apt/status"
    list_sources >"$apt/sources.list"
    grep -q " ${suites[0]#* } " "$apt/sources.list" ||
        unavailable "no Debian mirror in 'apt-get update --print-uris';\
 set XEN_TEST_VM_MIRROR to one's address"
    # The hooks are cleared because they may clean up the machine's state.
    cat >"$apt/apt.conf" <<EOF
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
APT::Architecture "$debian";
APT::Architectures { "$debian"; };
APT::Sandbox::User "";
APT::Default-Release "";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
EOF
}

private_apt() {
    local tool=$1
    shift
    "$tool" -c "$apt/apt.conf" "$@"
}

update_lists() {
    say "asking the mirror for Debian $release's packages"
    write_apt_configuration
    private_apt apt-get -qq update >"$apt/log" 2>&1 ||
        unavailable "$(grep -m 1 '^[EW]:' "$apt/log" || echo 'no lists')"
}

# Print the packages with the kernel that the metapackage depends on. Of Linux 7
# that is an empty one, which depends on one with the kernel and one with the
# modules.
kernel_packages() {
    local image
    image=$(needs "linux-image-$debian" image)
    [ "$image" ] || return
    needs "$image" 'binary\|modules' | grep . || echo "$image"
}

# needs PACKAGE WORD: print the packages linux-WORD-... that it depends on.
needs() {
    private_apt apt-cache show --no-all-versions "$1" |
        sed -n '/^Depends: /{ s///; s/, */\n/g; p; }' |
        sed -n "s/^\\(linux-\\($2\\)-[^ ]*\\).*/\\1/p"
}

# Write $cache/packages: "HASH  FILE" for every package, as sha256sum -c reads.
resolve_packages() {
    local names
    mapfile -t names < <(kernel_packages)
    [ "${#names[@]}" -gt 0 ] || unavailable "it has no linux-image-$debian"
    mapfile -t -O "${#names[@]}" names \
        < <(printf '%s\n' "${packages[@]}" | grep -v '^linux-image-')
    (
        # In an empty folder: apt leaves out packages that it finds downloaded.
        cd "$apt/lists/partial"
        private_apt apt-get -qq download --print-uris "${names[@]}"
    ) >"$apt/uris" 2>"$apt/log" ||
        unavailable "$(grep -m 1 '^E:' "$apt/log" || echo 'no packages')"
    sed -n "s|^'.*' \([^ ]*\) [0-9]* SHA256:\(.*\)|\2  \1|p" "$apt/uris" |
        sort -k 2 >"$cache/packages.new"
    [ "$(wc -l <"$cache/packages.new")" = "${#names[@]}" ] ||
        unavailable "apt named only some of its packages, see $apt/uris"
    printf '%s\n' "${names[@]}" >"$cache/names"
    mv "$cache/packages.new" "$cache/packages"
}

# Whether $cache/packages is the answer for the packages that the release lists
# now.
is_resolved() {
    [ -e "$cache/packages" ] && cmp -s \
        <(printf '%s\n' "${packages[@]}" | grep -v '^linux-image-') \
        <(grep -v '^linux-' "$cache/names")
}

archives_are_good() {
    (cd "$cache/archives" && sha256sum --status -c ../packages) 2>/dev/null
}

# Download the packages of $cache/packages, and drop other archives. A partly
# downloaded package stays, so that apt can continue.
download_archives() {
    local file names=()
    mkdir -p "$cache/archives"
    archives_are_good && return
    mapfile -t names <"$cache/names"
    say "fetching ${#names[@]} packages for Debian $release"
    for file in "$cache"/archives/*.deb; do
        grep -qF "  ${file##*/}" "$cache/packages" || rm -f "$file"
    done
    download "${names[@]}"
    archives_are_good && return
    # Perhaps files are damaged: remove all, and try once more.
    rm -f "$cache"/archives/*.deb
    download "${names[@]}"
    archives_are_good
}

# download PACKAGE...: download them into the archives. The caller has to check
# the result.
download() {
    (
        cd "$cache/archives" || exit
        private_apt apt-get -qq download "$@"
    ) >"$apt/log" 2>&1 || true
}

# Make $cache/packages and the archives that it names.
fetch_packages() {
    need apt-get apt
    [ -e "$keyring" ] ||
        unavailable "$keyring is missing: install debian-archive-keyring"
    if [ "$update" = no ] && is_resolved && archives_are_good; then
        return
    fi
    if [ "$update" = yes ] || ! is_resolved; then
        update_lists
        resolve_packages
    fi
    download_archives && return
    # The mirror may have moved on since the lists were fetched.
    update_lists
    resolve_packages
    download_archives ||
        unavailable "$(grep -m 1 '^E:' "$apt/log" || echo 'bad packages')"
}
