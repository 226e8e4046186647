package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vnettune/trouble"
)

// kitFolder has what a kit is known by.
func kitFolder(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	for path, content := range map[string]string{
		powershellFolder + "/powershell.exe": "the kit's", "bin/shutdown.exe": "", "prefix/drive_c/windows/Temp/x": "",
		driveC + "/" + shellFile + "/powershell.exe": "Wine's own",
		classesFile: `{"MSFT_NetAdapterSettingData": {"Name": "string", "InstanceID": "string"}, "MSFT_NetAdapterUsoSettingData": {"IPv4Enabled": "boolean"}}`,
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	tools := t.TempDir()
	for _, name := range programs {
		if err := os.WriteFile(filepath.Join(tools, name), []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", tools)
	kit := kitFolder(t, "kit")
	if dir, err := Check(kit); err != nil || dir != kit {
		t.Fatalf("a kit: %q, %v", dir, err)
	}
	for name, want := range map[string]string{
		filepath.Join(kit, "none"):    "pskit unpack",
		t.TempDir():                   "pskit unpack",
		kitFolder(t, "with a blank"):  "unpack the kit into another folder",
		kitFolder(t, "of 100% of it"): "unpack the kit into another folder",
	} {
		if _, err := Check(name); err == nil || !strings.Contains(trouble.Line(err), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Check(kit); err == nil || !strings.Contains(trouble.Line(err), "install the packages wine and wine64") {
		t.Errorf("without wine: %v", err)
	}
}

func TestOneLabAKit(t *testing.T) {
	kit := kitFolder(t, "kit")
	first, err := lock(kit)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock(kit); err == nil || !strings.Contains(trouble.Line(err), "a folder of its own") {
		t.Errorf("a second one: %v", err)
	}
	first.Close()
	again, err := lock(kit)
	if err != nil {
		t.Fatalf("after the first: %v", err)
	}
	again.Close()
}

func TestThePowerShellOfTheTask(t *testing.T) {
	e := &Engine{dir: kitFolder(t, "kit")}
	for i, keptBack := range []bool{false, false, true, false} {
		if err := e.placePowerShell(keptBack); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(e.onDisk(shellFile + "/powershell.exe"))
		if want := map[bool]string{true: "Wine's own", false: "the kit's"}[keptBack]; err != nil || string(got) != want {
			t.Errorf("boot %d: %q, %v; want %s", i+1, got, err, want)
		}
	}
}

func TestClassesHaveWhatTheyAreDerivedFrom(t *testing.T) {
	all, err := readClasses(kitFolder(t, "kit"))
	if err != nil {
		t.Fatal(err)
	}
	if uso := all["MSFT_NetAdapterUsoSettingData"]; uso["InstanceID"] != "string" || uso["IPv4Enabled"] != "boolean" {
		t.Errorf("properties: %v", uso)
	}
}

// Folders of a Windows are found in any case.
func TestFilesAreFoundInAnyCase(t *testing.T) {
	e := &Engine{dir: kitFolder(t, "kit")}
	got, err := e.folded(`WINDOWS\temp\log.txt`)
	if want := filepath.Join(e.dir, "prefix/drive_c/windows/Temp/log.txt"); got != want || err != nil {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	if _, err := e.folded(`nosuch\log.txt`); err == nil {
		t.Error("a folder that is not there: no error")
	}
}

func TestServersCommandLine(t *testing.T) {
	for line, want := range map[string][2]string{
		`"C:\vnettune\iperf3.exe" -s -p 5201`: {"5201", ""},
		`cmd.exe /d /s /c ""C:\vnettune\iperf3.exe" -s -p 5202 >NUL 2>"C:\windows\Temp\vnettune-iperf3.log""`: {"5202", `windows\Temp\vnettune-iperf3.log`},
		`"C:\other\iperf3.exe" -s -p 5201`:     {},
		`"C:\vnettune\iperf3.exe" -s -p 5201x`: {},
	} {
		var got [2]string
		if m := serverPort.FindStringSubmatch(line); m != nil {
			got[0] = m[1]
		}
		if m := serverLog.FindStringSubmatch(line); m != nil {
			got[1] = m[1]
		}
		if got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}
