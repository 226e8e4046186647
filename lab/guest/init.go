package guest

import (
	"fmt"
	"log"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"vnettune/bench/link"
)

// ConfigPath is where the init finds its configuration; ModuleFolder holds the
// kernel modules, to be loaded in the order of their names, and LateModuleFolder those
// that are loaded once WinRM answers.
const (
	ConfigPath       = "/config.json"
	ModuleFolder     = "/modules"
	LateModuleFolder = "/modules-late"
)

// deviceWait is how long the init waits for a device whose driver is loaded.
const deviceWait = 10 * time.Second

// IsInit says whether this process is the init of a stand-in guest.
func IsInit() bool {
	if os.Getpid() != 1 {
		return false
	}
	_, err := os.Stat(ConfigPath)
	return err == nil
}

// Main is the init of the virtual machine. It never returns: it ends the machine by a
// restart or a power-off, and by a restart too when the boot fails, so that the keeper
// sees it; the reason is on the console.
func Main() {
	l := log.New(os.Stdout, "vnettune: ", log.Ltime|log.Lmicroseconds|log.LUTC|log.Lmsgprefix)
	outcome, err := boot(l)
	if err != nil {
		l.Printf("boot failed: %v", err)
	}
	unix.Sync()
	command := unix.LINUX_REBOOT_CMD_POWER_OFF
	if outcome != PowerOff {
		command = unix.LINUX_REBOOT_CMD_RESTART
		if err := resetNow(); err != nil {
			l.Printf("reset by sysrq: %v", err)
		}
	}
	for {
		if err := unix.Reboot(command); err != nil {
			l.Printf("reboot(2): %v", err)
		}
		time.Sleep(time.Second)
	}
}

// resetNow resets the machine without shutting its devices down. reboot(2) does
// that, and was seen to hang in it for minutes where the guest's instructions are
// translated. The disk needs no shutdown: what was saved survives a power cut.
func resetNow() error {
	if err := os.WriteFile("/proc/sys/kernel/sysrq", []byte("1"), 0); err != nil {
		return err
	}
	return os.WriteFile("/proc/sysrq-trigger", []byte("b"), 0)
}

func boot(l *log.Logger) (Outcome, error) {
	if err := mountAll(); err != nil {
		return PowerOff, err
	}
	cfg, err := ReadConfig(ConfigPath)
	if err != nil {
		return PowerOff, err
	}
	if cfg.Trial {
		fmt.Println(TrialLine)
		return PowerOff, nil
	}
	go reapOrphans()
	for _, err := range loadModules(ModuleFolder) {
		l.Print(err)
	}
	adapter, err := waitForAdapter()
	if err != nil {
		return PowerOff, err
	}
	if err := ConfigureLink(adapter, cfg.Address); err != nil {
		return PowerOff, err
	}
	if cfg.Delay > 0 {
		if err := link.Set(adapter, link.Stand, link.Conditions{Delay: cfg.Delay}); err != nil {
			return PowerOff, err
		}
	}
	if err := waitForFile(cfg.Disk); err != nil {
		return PowerOff, err
	}
	disk, err := OpenDisk(cfg.Disk)
	if err != nil {
		return PowerOff, err
	}
	defer disk.Close()
	// For every child alike, whoever starts it.
	if err := os.Setenv("LD_LIBRARY_PATH", cfg.Libraries); err != nil {
		return PowerOff, err
	}
	booted, err := bootTime()
	if err != nil {
		return PowerOff, err
	}
	m, err := NewMachine(cfg, KindVM, []string{adapter}, booted, l)
	if err != nil {
		return PowerOff, err
	}
	off := make(chan struct{})
	go watchPowerButton(off, l)
	return m.Serve(disk, off)
}

// bootTime is now less the time that the kernel has run.
func bootTime() (time.Time, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return time.Time{}, fmt.Errorf("time since boot: %w", err)
	}
	return time.Now().Add(-time.Duration(ts.Nano())).Round(0), nil
}
