package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// newcomer is an ordinary user at a terminal of 80 columns, in a home of their own.
type newcomer struct {
	t    *testing.T
	home string
	as   *syscall.Credential // nil: who runs the tests is an ordinary user
}

// aNewcomer moves in: the program is all that is in the home.
func aNewcomer(t *testing.T) newcomer {
	t.Helper()
	if err := fastLab(); err != nil {
		t.Skipf("NOT TESTED: a newcomer's walk: %v", err)
	}
	home, err := os.MkdirTemp("", "vnw") // a socket's path is short, a test's folder is not
	if err != nil {
		t.Fatal(err)
	}
	n := newcomer{t: t, home: home}
	text, err := os.ReadFile(program(t))
	if err == nil {
		err = os.WriteFile(filepath.Join(home, "vnettune"), text, 0o755)
	}
	if err == nil && os.Getuid() == 0 {
		const nobodys = 54321
		n.as = &syscall.Credential{Uid: nobodys, Gid: nobodys}
		err = os.Chown(home, nobodys, nobodys)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if out, err := n.command("lab", "status").CombinedOutput(); err != nil || !strings.Contains(string(out), "no lab is up") {
			t.Errorf("a lab is left: %v\n%s", err, out)
			_ = n.command("lab", "down", "walk", "--force").Run()
		}
		os.RemoveAll(home)
	})
	return n
}

func (n newcomer) command(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(n.home, "vnettune"), args...)
	cmd.Dir = n.home
	cmd.Env = []string{"HOME=" + n.home, "PATH=" + os.Getenv("PATH"), "TERM=xterm", "NO_COLOR=1", "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: n.as}
	return cmd
}

// sees is what a command shows on the terminal, and its exit code. Each question is answered by the next
// of the answers. Where lose is shown, the terminal goes.
func (n newcomer) sees(answers []string, lose string, args ...string) (screen string, code int) {
	n.t.Helper()
	master, slave := openTerminal(n.t)
	setSize(n.t, master, 80, 50)
	cmd := n.command(args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr.Setsid, cmd.SysProcAttr.Setctty = true, true
	if err := cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	slave.Close()
	ended := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Signal(syscall.SIGTERM) }) // the test fails then
	defer ended.Stop()
	shows := emulator{width: 80}
	asked := 0
	for chunk := make([]byte, 4096); ; {
		got, err := master.Read(chunk)
		if err != nil { // the last who had the terminal has closed it
			break
		}
		shows.Write(chunk[:got])
		if strings.Count(shows.shows(), "Number [1]:") > asked && asked < len(answers) {
			if _, err := io.WriteString(master, answers[asked]+"\r"); err != nil {
				n.t.Fatal(err)
			}
			asked++
		}
		if lose != "" && strings.Contains(shows.shows(), lose) {
			break
		}
	}
	master.Close()
	_ = cmd.Wait() // how it ended is its exit code
	screen = shows.shows()
	if shows.wraps > 0 || len(shows.wrong) > 0 {
		n.t.Errorf("vnettune %s: %d characters had no room in their line of 80; sequences %q\n%s", strings.Join(args, " "), shows.wraps, shows.wrong, screen)
	}
	return screen, cmd.ProcessState.ExitCode()
}

// edit replaces words of the newcomer's campaign file.
func (n newcomer) edit(replace ...string) {
	n.t.Helper()
	path := filepath.Join(n.home, "walk.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		n.t.Fatal(err)
	}
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(string(text), replace[i]) {
			n.t.Fatalf("walk.yaml has no %q:\n%s", replace[i], text)
		}
	}
	if err := os.WriteFile(path, []byte(strings.NewReplacer(replace...).Replace(string(text))), 0o644); err != nil {
		n.t.Fatal(err)
	}
}

// The first hour of somebody who has read nothing but what the screens say: an ordinary user, whose terminal is
// lost on the way, and to whom the first answer is not enough.
func TestANewcomersWalk(t *testing.T) {
	t.Parallel()
	n := aNewcomer(t)
	step := func(want int, answers []string, lose string, args []string, shows ...string) {
		t.Helper()
		screen, code := n.sees(answers, lose, args...)
		if code != want {
			t.Fatalf("vnettune %s: exit code %d, want %d:\n%s", strings.Join(args, " "), code, want, screen)
		}
		for _, words := range shows {
			if !strings.Contains(screen, words) {
				t.Errorf("vnettune %s does not show %q:\n%s", strings.Join(args, " "), words, screen)
			}
		}
	}
	step(exitDone, []string{"3", "1", "2"}, "", []string{"init", "walk.yaml"},
		"What is the question?", "Which Windows does the guest have?", "Which recommendation?", "wrote walk.yaml", "vnettune plan walk.yaml")
	// Without a Windows at hand they take the stand-in, and two blocks of one repetition for a start.
	text, err := os.ReadFile(filepath.Join(n.home, "walk.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	_, behind, found := strings.Cut(string(text), "\nguest:\n")
	guest, _, ends := strings.Cut(behind, "\n\n")
	if !found || !ends {
		t.Fatalf("no guest in\n%s", text)
	}
	n.edit(guest, "  lab: {kind: fast, generation: w11}", "blocks: 5", "blocks: 1", "repetitions: 3", "repetitions: 1")

	step(exitDone, nil, "", []string{"doctor", "walk.yaml"}, "campaign", " 0 failed")
	step(exitDone, nil, "", []string{"plan", "walk.yaml"}, "2 boots", "doctor --noise", "candidate")
	step(exitTerminated, nil, "boot 1/2", []string{"run", "walk.yaml"})
	step(exitDone, nil, "", []string{"status", "walk.db"}, "of 2 boots are over", "No run is going on.", "The guest is as it was found.", "go on: vnettune run walk.yaml")
	step(exitDone, nil, "", []string{"run", "walk.yaml"}, "done: 2 boots in walk.db")
	step(exitDone, nil, "", []string{"doctor", "walk.yaml"}, " 0 failed") // another stand-in is no fault
	n.edit("blocks: 1", "blocks: 2")
	step(exitDone, nil, "", []string{"run", "walk.yaml"}, "boot 3/4", "done: 4 boots in walk.db")
	step(exitDone, nil, "", []string{"status", "walk.db"}, "Done: 4 boots, 4 of them ranked.", "Look 2 of 3")
	step(exitDone, nil, "", []string{"report", "walk.db"}, "stand-in guest, not Windows", "candidate", "baseline")
	screen, code := n.sees(nil, "", "gate", "walk.db", "--candidate", "candidate")
	verdict := map[int]string{exitDone: "PASS", exitRegression: "FAIL", exitInconclusive: "INCONCLUSIVE"}[code] // a fast link's noise decides
	if verdict == "" || !strings.Contains(screen, verdict+": candidate against baseline") || !strings.Contains(screen, "Look 2 of 3") {
		t.Errorf("gate: exit code %d:\n%s", code, screen)
	}
}
