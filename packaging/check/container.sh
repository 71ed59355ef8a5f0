# Checks the root file system of the container with chroot instead of an engine; sourced by check.sh.

"$VENV/bin/hadolint" packaging/Dockerfile
ok "hadolint accepts the Dockerfile"

last=$(sed -n '/^FROM scratch/,$p' packaging/Dockerfile)
[ "$(grep -c '^COPY\|^ADD' <<<"$last")" = 1 ] && grep -qx 'COPY --from=build /cton /cton' <<<"$last" ||
    fail "the image has files besides the binary; add them to this test"
hold_port
user=$(sed -n 's/^USER //p' <<<"$last")
[[ $user =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]] || fail "$user is root or not numeric"
entry=$(sed -n 's/^ENTRYPOINT \["\(.*\)"\]$/\1/p' <<<"$last")
install -D -m 755 target/dist/cton-x86_64 "$work/image/cton"
# Volumes that an engine would mount.
mkdir "$work/image/proc"
cp -r services/replay/splunk "$work/image/replay"
unshare --mount --propagation=private bash -euc '
    mount --bind "$1" "$1" && mount -t proc proc "$1/proc" && mount -o remount,ro,bind "$1"
    exec chroot --userspec="$2" --groups="" "$1" "$3" --all --replay /replay --listen "127.0.0.1:$4"
' bash "$work/image" "$user" "$entry" "$port" 2>"$work/said" &
container=$!
"$VENV/bin/python" packaging/check/scrape.py "$port" number_of_incidents_total || fail "$(cat "$work/said")"
"$VENV/bin/python" packaging/check/scrape.py "$port" "process_start_time_seconds 1"
"$VENV/bin/python" packaging/check/scrape.py "$port" ready /-/ready
grep -q "^Uid:.${user%:*}.${user%:*}" "/proc/$container/status" || fail "the process runs as another user"
kill -TERM "$container"
wait "$container" || fail "exit code $?"
ok "the read-only root file system of the image, as user $user, is scraped and exits with 0"

# The build context by Docker's rules, from a repository with a secret file next to config.json.
mkdir "$work/repository" "$work/context"
git ls-files -z | xargs -0 cp --parents -t "$work/repository"
echo 'API_KEY="planted"' >"$work/repository/splunk"
"$VENV/bin/python" packaging/check/context.py "$work/repository" packaging/Dockerfile |
    (cd "$work/repository" && xargs -0 cp --parents -t "$work/context")
(cd "$work/context" && cargo metadata --locked --filter-platform x86_64-unknown-linux-musl --format-version 1 >/dev/null) || fail "a file is missing in the build context"
! grep -rF 'API_KEY="planted"' "$work/context" || fail "the build context has secrets"
ok "the build context has the files that cargo needs, and no secrets"
