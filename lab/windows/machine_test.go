package windows

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/stack"
)

func TestNewRefuses(t *testing.T) {
	good := machine.Config{Generation: "w10", Language: "en", User: "u", Password: "p"}
	for name, spoil := range map[string]func(*machine.Config, *memDisk, *fakeHost){
		"generation": func(c *machine.Config, _ *memDisk, _ *fakeHost) { c.Generation = "w95" },
		"language":   func(c *machine.Config, _ *memDisk, _ *fakeHost) { c.Language = "la" },
		"user":       func(c *machine.Config, _ *memDisk, _ *fakeHost) { c.User = "" },
		"password":   func(c *machine.Config, _ *memDisk, _ *fakeHost) { c.Password = "" },
		"disk":       func(_ *machine.Config, d *memDisk, _ *fakeHost) { d.data = []byte("garbage") },
		"save":       func(_ *machine.Config, d *memDisk, _ *fakeHost) { d.fail = errors.New("read-only") },
		"effect":     func(_ *machine.Config, _ *memDisk, h *fakeHost) { h.effectErr = errors.New("refused") },
	} {
		cfg, disk, host := good, &memDisk{}, newFakeHost()
		spoil(&cfg, disk, host)
		if _, err := New(cfg, disk, host); err == nil || !strings.HasPrefix(err.Error(), "windows: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := New(good, &memDisk{}, newFakeHost()); err != nil {
		t.Errorf("a good machine: %v", err)
	}
}

func TestBootsAreCounted(t *testing.T) {
	l := newLab(t)
	query := `reg query "HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters" /v BootId`
	for _, want := range []string{"0x1", "0x2", "0x3"} {
		if got := l.must(query); !strings.Contains(got, "REG_DWORD    "+want+"\n") {
			t.Errorf("got %q, want %s", got, want)
		}
		l.reboot()
	}
}

// TestAdapters keeps an adapter's class key over boots and gives a new one its own.
func TestAdapters(t *testing.T) {
	l := newLab(t)
	l.must(`reg add "` + driver + `" /v *LsoV2IPv4 /t REG_SZ /d 0 /f`)
	l.host.adapters = append(l.host.adapters, stack.Adapter{MAC: "52:54:00:00:00:02", MTU: 1500})
	l.reboot()
	if got := l.must(`reg query "` + driver + `" /v *LsoV2IPv4`); !strings.Contains(got, "REG_SZ    0\n") {
		t.Errorf("the first adapter's keyword was lost: %q", got)
	}
	second := strings.TrimSuffix(driver, "0001") + "0002"
	if got := l.must(`reg query "` + second + `" /v *LsoV2IPv4`); !strings.Contains(got, "REG_SZ    1\n") {
		t.Errorf("the second adapter's keyword: %q", got)
	}
	l.must(`reg query "` + second + `\Ndi\params\*LsoV2IPv4" /v default`)
	if *l.host.last().TSO {
		t.Error("the effect is not the first adapter's")
	}
}

func TestOutputCodePage(t *testing.T) {
	l := newLab(t)
	l.must(`reg add HKLM\SOFTWARE\x /v n /d Grüße /f`)
	for page, want := range map[int]string{65001: "Grüße", 0: "Gr\x81\xe1e", 437: "Gr\x81\xe1e"} {
		var out bytes.Buffer
		code := l.m.Run(context.Background(), machine.Command{Line: `reg query HKLM\SOFTWARE\x /v n`, Shell: true, CodePage: page, Stdout: &out})
		if code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("code page %d: %q", page, out.String())
		}
	}
}

// TestManyAtOnce is for the race detector: commands of several shells at a time.
func TestManyAtOnce(t *testing.T) {
	l := newLab(t)
	var wg sync.WaitGroup
	for _, line := range []string{
		"netsh int tcp set global rss=disabled", "netsh int tcp dump", `reg add HKLM\SOFTWARE\x /v n /d 1 /f`, `reg query HKLM\SOFTWARE /s`,
		"shutdown /r /t 9", "shutdown /a",
	} {
		for range 5 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				l.m.Run(context.Background(), machine.Command{Line: line, Shell: true})
				l.m.GoingDown()
				l.m.OS()
			}()
		}
	}
	wg.Wait()
	l.must(`reg query HKLM\SOFTWARE\x /v n`)
	if out := l.must("netsh int tcp dump"); !strings.Contains(out, "rss=disabled") {
		t.Errorf("a write was lost:\n%s", out)
	}
}
