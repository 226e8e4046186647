package debian

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// stubApt puts an apt before the machine's own whose lists name a version of the kernel that is gone until they are
// updated, and keeps a list of what it was asked; updates says whether it may.
func stubApt(t *testing.T, updates string) (asked string) {
	t.Helper()
	folder := t.TempDir()
	asked = filepath.Join(folder, "asked")
	const lists = "release=6.1.0-1\n[ ! -e updated ] || release=6.1.0-2\n"
	for name, script := range map[string]string{
		"apt-cache": lists + "echo \"Depends: linux-image-$release-cloud-amd64 (= 1)\"\n",
		"apt-get": `work=$PWD; shift
cd "$(dirname "$0")"
echo "$*" >>asked
case $1 in
update) ` + updates + ` ;;
download)
	[ -e updated ] || { echo "404  Not Found" >&2; exit 100; }
	: >"$work/$2_1_amd64.deb" ;;
esac
`,
		"dpkg-deb": `package=$(basename "$2" _1_amd64.deb); release=${package#linux-image-}
mkdir -p "$3/boot" "$3/lib/modules/$release/kernel"; : >"$3/boot/vmlinuz-$release"
`,
	} {
		script = "#!/bin/sh\n" + strings.Replace(script, "release=6", "cd \"$(dirname \"$0\")\"\nrelease=6", 1)
		if err := os.WriteFile(filepath.Join(folder, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", folder+string(os.PathListSeparator)+os.Getenv("PATH"))
	return asked
}

// A list that names a file which the archive no longer has is updated once, and names another then.
func TestAKernelThatIsGoneIsSoughtInNewLists(t *testing.T) {
	asked := stubApt(t, ": >updated")
	var log bytes.Buffer
	k, err := FindKernel(t.Context(), t.TempDir(), &log)
	if err != nil {
		t.Fatal(err)
	}
	if k.Release != "6.1.0-2-cloud-amd64" {
		t.Errorf("got %+v", k)
	}
	const want = "download linux-image-6.1.0-1-cloud-amd64\nupdate\ndownload linux-image-6.1.0-2-cloud-amd64\n"
	if got := read(t, asked); got != want {
		t.Errorf("apt-get was asked %q, want %q", got, want)
	}
	if !strings.Contains(log.String(), "apt-get update") {
		t.Errorf("the log says %q", &log)
	}
}

// Who may not update the lists is told of the file that is not there, and how to go on.
func TestListsThatCannotBeUpdated(t *testing.T) {
	asked := stubApt(t, "echo 'are you root?' >&2; exit 100")
	_, err := FindKernel(t.Context(), t.TempDir(), &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "404") || strings.Contains(err.Error(), "are you root") {
		t.Errorf("error %v", err)
	}
	if got := read(t, asked); strings.Count(got, "download") != 1 {
		t.Errorf("apt-get was asked %q", got)
	}
}

func TestNoKernelWithoutApt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := exec.LookPath("apt-cache"); err == nil {
		t.Fatal("apt-cache is found in an empty folder")
	}
	if k, err := FindKernel(t.Context(), t.TempDir(), &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "apt-cache") {
		t.Errorf("got %+v, error %v", k, err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
