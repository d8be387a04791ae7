"""The .deb that cpack makes: what it says of itself, what it holds, how it comes and goes."""
import subprocess
from pathlib import Path

from cases import case
from harness import BT, check, same

BUILD = Path(BT).resolve().parents[2]
FILES = {"usr/bin/bt", "usr/share/man/man1/bt.1.gz", "usr/share/bash-completion/completions/bt",
         "usr/share/zsh/site-functions/_bt", "usr/share/fish/vendor_completions.d/bt.fish",
         "usr/share/doc/bt/README.md", "usr/share/doc/bt/changelog.gz",
         "usr/share/doc/bt/copyright"}


def run(lab, *argv, cwd=None):
    done = subprocess.run([str(a) for a in argv], cwd=cwd or lab.folder, env=lab.env, text=True,
                          capture_output=True, timeout=60)
    check(done.returncode == 0, f"{argv} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def package(lab):
    place = lab.path("package")
    run(lab, "cpack", "-G", "DEB", "--config", BUILD / "CPackConfig.cmake", "-B", place)
    found = list(place.glob("bt_*.deb"))
    same(len(found), 1, "packages")
    return found[0]


def files_below(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}


@case("Package.CMakeInstallsTheSameFiles", seconds=120)
def cmake_installs_the_same_files(lab):
    prefix = lab.path("prefix")
    run(lab, "cmake", "--install", BUILD, "--prefix", prefix)
    got = {f"usr/{p}" for p in files_below(prefix)}
    same(FILES - got - {p for p in FILES if "/doc/" in p}, set(), "what is missing")
    same(got - FILES, set(), "what is more")
    check(run(lab, prefix / "bin/bt", "--version").startswith("bt "), "it does not run")


@case("Package.InstallsRunsAndRemovesCleanly", seconds=120)
def installs_runs_and_removes(lab):
    deb = package(lab)
    fields = dict(line.split(": ", 1) for line in run(lab, "dpkg-deb", "-f", deb).splitlines()
                  if ": " in line and not line.startswith(" "))
    same(fields["Package"], "bt", "name")
    same(fields["Section"], "net", "section")
    check(fields["Maintainer"], "no maintainer")
    for library in ("libc6", "libstdc++6", "libssl3", "libutf8proc"):
        check(library in fields["Depends"], f"does not depend on {library}: {fields['Depends']}")

    root = lab.path("root")
    state = lab.path("root", "var", "lib", "dpkg", "info").parent
    for name in ("status", "available"):
        (state / name).touch()
    lab.path("root", "var", "lib", "dpkg", "updates")
    before = files_below(root)
    # In a root of its own, where nothing that it depends on is known.
    dpkg = ["dpkg", f"--root={root}", "--force-not-root", "--force-depends", "--force-bad-path",
            f"--log={lab.folder / 'dpkg.log'}"]
    run(lab, *dpkg, "-i", deb)
    same({p for p in files_below(root) if p.startswith("usr/")}, FILES, "files")
    for path in FILES:
        same(oct((root / path).stat().st_mode & 0o777), oct(0o755 if "bin" in path.split("/") else
                                                            0o644), f"mode of {path}")
    check(run(lab, root / "usr/bin/bt", "--version").startswith(f"bt {fields['Version']}"),
          "another version")
    run(lab, *dpkg, "-P", "bt")
    left = {p for p in files_below(root) - before if not p.startswith("var/lib/dpkg/")}
    same(left, set(), "left after the removal")
    check(not (root / "usr").exists(), "folders are left after the removal")
