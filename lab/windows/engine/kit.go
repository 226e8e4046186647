package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"vnettune/lab/fault"
	"vnettune/spawn"
	"vnettune/trouble"
)

// What a kit's folder holds.
const (
	powershellFolder = "powershell-7.6.9"
	classesFile      = "run/classes.json"
	lockFile         = "lock"
)

// Without says why an engine cannot have some faults.
var Without = map[string]string{
	fault.ClockJump:     "an engine's clock is this host's",
	fault.TimeZone:      "an engine's clock is this host's",
	fault.FilteredToken: "an engine's user has a whole token",
}

// Programs of this host that an engine takes.
var programs = []string{"wine", "wineserver"}

// Check says whether dir is a kit that can be run on this host, by its whole path.
func Check(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("engine: %w", err)
	}
	for _, part := range []string{powershellFolder + "/powershell.exe", classesFile, "bin/shutdown.exe", "prefix/drive_c"} {
		if _, err := os.Stat(filepath.Join(dir, part)); err != nil {
			return "", trouble.Hint(fmt.Errorf("engine: %w", err), "name a folder that the kit was unpacked into (pskit unpack %s)", dir)
		}
	}
	// The prefix lies on Wine's command lines, in its variables and in lists of folders.
	if strings.ContainsAny(dir, " ;%\"&^") {
		return "", trouble.Hint(fmt.Errorf("engine: %s: the name has a character that means something to cmd.exe", dir), "unpack the kit into another folder")
	}
	for _, name := range programs {
		if _, err := exec.LookPath(name); err != nil {
			return "", trouble.Hint(fmt.Errorf("engine: %w", err), "install the packages wine and wine64")
		}
	}
	return dir, nil
}

// lock takes the kit for this process until the file is closed or the process ends: its registry
// and its disk are one.
func lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, trouble.Hint(fmt.Errorf("engine: %s works for somebody else", dir), "give each lab a folder of its own")
		}
		return nil, fmt.Errorf("engine: lock %s: %w", dir, err)
	}
	return f, nil
}

// classes are the properties of CIM's classes with their types: class, property, type.
type classes map[string]map[string]string

// adapterSetting is the class that those of an adapter's settings are derived from.
const adapterSetting = "MSFT_NetAdapterSettingData"

func readClasses(dir string) (classes, error) {
	b, err := os.ReadFile(filepath.Join(dir, classesFile))
	if err != nil {
		return nil, fmt.Errorf("engine: %w", err)
	}
	var all classes
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, fmt.Errorf("engine: %s: %w", classesFile, err)
	}
	for name, types := range all {
		if strings.HasPrefix(name, "MSFT_NetAdapter") && strings.HasSuffix(name, "SettingData") {
			for property, is := range all[adapterSetting] {
				types[property] = is
			}
		}
	}
	for name, types := range moreTypes {
		if all[name] == nil {
			all[name] = map[string]string{}
		}
		maps.Copy(all[name], types)
	}
	return all, nil
}

// moreTypes are types of properties that no kit's list has had yet.
var moreTypes = classes{
	// https://learn.microsoft.com/windows/win32/cimwin32prov/win32-process
	"Win32_Process": {"KernelModeTime": "uint64", "UserModeTime": "uint64"},
	// Not verified: ask a guest, by the script idle (apply/scripts/CONTRACT.md).
	perfDisk: {"Name": "string", "PercentIdleTime": "uint64", "Timestamp_Sys100NS": "uint64"},
}

// windowsPath is how Wine names a file of this host.
func windowsPath(path string) string { return "Z:" + strings.ReplaceAll(path, "/", `\`) }

// othersLimit is how long a Wine of somebody else may take to end: it goes on for some seconds behind
// its last program.
const othersLimit = 20 * time.Second

// waitForOthers waits until no Wine of this host writes to the kit's prefix.
func waitForOthers(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), othersLimit)
	defer cancel()
	cmd := spawn.Command(ctx, "wineserver", "-w")
	cmd.Env = append(cmd.Environ(), "WINEPREFIX="+filepath.Join(dir, "prefix"))
	if err := cmd.Run(); err != nil {
		return trouble.Hint(fmt.Errorf("engine: wait for another Wine in %s: %w", dir, err), "end the programs that run there")
	}
	return nil
}

// isolate gives this process, which is the first of a process namespace and has a namespace of
// mounts, the /proc of its own processes: Wine reads and writes the memory of a process by its
// number there. Beside that Wine's servers of others are out of reach.
func isolate() error {
	servers := fmt.Sprintf("/tmp/.wine-%d", os.Geteuid())
	if err := os.MkdirAll(servers, 0o700); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	for _, m := range []struct {
		source, at, kind string
		flags            uintptr
	}{
		{"", "/", "", unix.MS_REC | unix.MS_PRIVATE},
		{"proc", "/proc", "proc", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC},
		{"tmpfs", servers, "tmpfs", unix.MS_NOSUID | unix.MS_NODEV},
	} {
		data := ""
		if m.kind == "tmpfs" {
			data = "mode=0700"
		}
		if err := unix.Mount(m.source, m.at, m.kind, m.flags, data); err != nil {
			return fmt.Errorf("engine: mount %s: %w", m.at, err)
		}
	}
	return nil
}
