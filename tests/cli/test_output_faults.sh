#!/usr/bin/env bash
# Outputs that cannot be made: the right exit code, a message that names the file, nothing half-written, nothing
# overwritten that nobody asked to overwrite.
source "$(dirname "$0")/lib.sh"
config=${ENTREPOT_CONFIG:-$source_folder/configs/two-by-two.yaml}
mounted=""
leave() { [ -n "$mounted" ] && umount "$mounted"; rm -rf "$work"; }

expect_only() {
    local folder=$1
    shift
    local found
    found=$(ls -A "$folder" | tr '\n' ' ')
    [ "$found" = "${*:+$* }" ] || fail "$folder holds \"$found\", not \"$*\""
}

run=("$ENTREPOT" run "$config" --replications 2 --quiet)

# -- a name that is taken
mkdir "$work/taken"
echo mine >"$work/taken/run.h5"
expect 73 "exists already" "${run[@]}" -o "$work/taken/run.h5"
[ "$(cat "$work/taken/run.h5")" = mine ] || fail "an existing result was overwritten"
expect_only "$work/taken" run.h5
expect 0 "" "${run[@]}" -o "$work/taken/run.h5" --overwrite --no-compare
"$ENTREPOT" compare "$work/taken/run.h5" >"$work/stdout" || fail "an overwritten result cannot be read"
expect_only "$work/taken" run.h5

# -- tables are written with the same care
echo mine >"$work/taken/table.csv"
expect 73 "exists already" "$ENTREPOT" compare "$work/taken/run.h5" --format csv -o "$work/taken/table.csv"
[ "$(cat "$work/taken/table.csv")" = mine ] || fail "an existing table was overwritten"
expect 0 "" "$ENTREPOT" compare "$work/taken/run.h5" --format csv -o "$work/taken/table.csv" --overwrite
head -1 "$work/taken/table.csv" | grep -q "^by,outcome,unit" || fail "the table was not written"
"$ENTREPOT" compare "$work/taken/run.h5" >/dev/full 2>"$work/stderr"
[ $? -eq 74 ] || fail "a full standard output goes unnoticed"

# -- names that cannot be
echo file >"$work/file"
expect 73 "cannot be created" "${run[@]}" -o "$work/file/run.h5"
expect 73 "cannot be created" "${run[@]}" -o "$work/no/such/folder/run.h5"
expect 73 "no regular file" "${run[@]}" -o "$work/taken" --overwrite
expect 73 "no regular file" "${run[@]}" -o /dev/null --overwrite
expect 64 "results file" "${run[@]}"

# -- a read-only folder: by its file system, for the superuser ignores permissions
mkdir "$work/disk"
if mount -t tmpfs -o size=8m,ro tmpfs "$work/disk" 2>/dev/null; then
    mounted="$work/disk"
    expect 73 "Read-only" "${run[@]}" -o "$work/disk/run.h5"
    expect_only "$work/disk"
    umount "$work/disk"
    mounted=""
else
    echo "not tried: a read-only file system (mounting is not permitted here)"
    if [ "$(id -u)" -ne 0 ]; then
        chmod a-w "$work/disk"
        expect 73 "Permission denied" "${run[@]}" -o "$work/disk/run.h5"
        chmod u+w "$work/disk"
    fi
fi

# -- a full disk, met when creating and when writing
if mount -t tmpfs -o size=64k tmpfs "$work/disk" 2>/dev/null; then
    mounted="$work/disk"
    expect 74 "No space left" "${run[@]}" -o "$work/disk/run.h5"
    expect_only "$work/disk"
    room=$(($(stat -c %s "$work/taken/run.h5") / 1024 + 1200))
    mount -o "remount,size=${room}k" "$work/disk"
    expect 74 "No space left" "$ENTREPOT" run "$config" --replications 400 --quiet -o "$work/disk/run.h5"
    expect_only "$work/disk"
    # room for the results, not for what is saved on the way: the run goes on, and says so
    room=$(($(stat -c %s "$work/taken/run.h5") / 1024 + 1200))
    mount -o "remount,size=${room}k" "$work/disk"
    # HDF5 keeps the memory of a file that it could not write
    expect 0 "saves failed, the run went on without them: .*No space left" env ASAN_OPTIONS=detect_leaks=0 "${run[@]}" --checkpoint-every 0.000001 --set slots=100000 \
        --set steps=4 --no-compare -o "$work/disk/run.h5"
    expect_only "$work/disk" run.h5
    umount "$work/disk"
    mounted=""
else
    echo "not tried: a full disk (mounting is not permitted here); a limit on file sizes stands in for it"
fi
expect 74 "File too large" bash -c "ulimit -f 64; exec \"\$@\"" limit "${run[@]}" -o "$work/run.h5"
[ -z "$(ls "$work" | grep run.h5)" ] || fail "a file over the limit was left behind"

# -- a run that is interrupted keeps what it played, in no results file, and says so
"$ENTREPOT" run "$config" --replications 100000 --quiet -o "$work/long.h5" 2>"$work/stderr" &
pid=$!
for _ in $(seq 100); do
    compgen -G "$work/long.h5.*.tmp" >/dev/null && break
    sleep 0.1
done
kill -TERM $pid
wait $pid
code=$?
[ $code -eq 75 ] || fail "an interrupted run ends with $code, not 75"
[ "$(ls "$work" | grep long.h5)" = long.h5.checkpoint ] || fail "an interrupted run left $(ls "$work" | grep long.h5)"
grep -q "the same command goes on" "$work/stderr" || fail "an interrupted run does not say that it can go on"

# -- results that are no results
echo text >"$work/text.h5"
expect 65 "no HDF5 file" "$ENTREPOT" compare "$work/text.h5"
head -c 20000 "$work/taken/run.h5" >"$work/cut.h5"
expect 65 "without Entrepot's seal" "$ENTREPOT" compare "$work/cut.h5"
expect 66 "cannot be opened" "$ENTREPOT" compare "$work/absent.h5"
expect 64 "nearest known name\|did you mean" "$ENTREPOT" compare "$work/taken/run.h5" --outcomes export

# -- a dry run writes nothing
mkdir "$work/dry"
(cd "$work/dry" && "$ENTREPOT" run "$config" --dry-run) >"$work/stdout" || fail "the dry run failed"
grep -q "replications" "$work/stdout" || fail "the dry run prints no plan"
expect_only "$work/dry"

finish "all outputs behave"
