package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"
)

// disguises are the forms in which a password could get somewhere.
func disguises(password string) map[string]string {
	var wide []byte
	for _, u := range utf16.Encode([]rune(password)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	forms := map[string]string{
		"as it is": password, "hexadecimal": hex.EncodeToString([]byte(password)), "in a URL": url.QueryEscape(password),
		"UTF-16": string(wide), "UTF-16 in base64": base64.StdEncoding.EncodeToString(wide),
		"Basic": base64.StdEncoding.EncodeToString([]byte("Administrator:" + password)),
	}
	for i := range 3 { // base64 of it at any place of a longer text
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", i) + password))
		forms[fmt.Sprintf("base64 at %d", i)] = text[4 : len(text)-4]
	}
	return forms
}

// revealed says where a text holds the password.
func revealed(t *testing.T, where string, text []byte, forms map[string]string) {
	t.Helper()
	for how, form := range forms {
		if bytes.Contains(text, []byte(form)) {
			t.Errorf("%s shows the password, %s", where, how)
		}
	}
}

// revealedIn looks through all files of a folder but those that are there to hold it.
func revealedIn(t *testing.T, dir string, forms map[string]string, keepers ...string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		for _, k := range keepers {
			if path == k {
				return nil
			}
		}
		text, err := os.ReadFile(path)
		if err == nil {
			revealed(t, path, text, forms)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

const secretCampaign = `
name: secret
guest:
  control: %s
  data: %s
  user: Administrator
  password_env: VNETTUNE_TEST_SECRET
  transport: {auth: %s}
  %s
  generation: w10
  iperf: 'C:\vnettune\iperf3.exe'
design: list
arms:
  - {name: autotuning-off, set: {tcp.autotuninglevel: disabled}}
workloads:
  - {protocol: tcp, direction: to-guest, seconds: 1, omit: 0}
blocks: 1
repetitions: 1
settle: 0s
limits: {answer: 3s}
notify: {command: [sh, -c, 'env > noticed']}
%s`

// Whatever a guest does, the password it was offered is in no message, no file and
// no environment afterwards.
func TestThePasswordStaysSecretWhenThingsFail(t *testing.T) {
	const password = "pl4nted & hunt3d/secr€t"
	forms := disguises(password)
	status := func(code int) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Add("WWW-Authenticate", "Negotiate")
			_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
			w.Header().Add("WWW-Authenticate", token)
			w.Header().Set("Content-Type", token)
			w.Header().Add("WWW-Authenticate", `Basic realm="`+r.Header.Get("Authorization")+`"`) // it echoes
			w.Header().Set("Location", "http://127.0.0.1:1/"+r.Header.Get("Authorization"))
			w.WriteHeader(code)
			fmt.Fprint(w, r.Header.Get("Authorization"))
		})
	}
	silent := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	tests := []struct {
		name    string
		handler http.Handler // nil: a closed port
		https   bool
		trust   string
	}{
		{"closed", nil, false, ""},
		{"401", status(401), false, ""},
		{"500", status(500), false, ""},
		{"503", status(503), false, ""},
		{"302", status(302), false, ""},
		{"200", status(200), false, ""},
		{"silent", silent, false, ""},
		{"not trusted", status(500), true, ""},
		{"trusted", status(500), true, "trust: {insecure: true}"},
	}
	for _, tt := range tests {
		for _, auth := range []string{"ntlm", "basic"} {
			t.Run(tt.name+" "+auth, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				control := "http://" + closed.Addr().String()
				if tt.handler != nil {
					s := httptest.NewUnstartedServer(tt.handler)
					if tt.https {
						s.StartTLS()
					} else {
						s.Start()
					}
					t.Cleanup(s.Close)
					control = s.URL
				}
				file := filepath.Join(dir, "secret.yaml")
				if err := os.WriteFile(file, fmt.Appendf(nil, secretCampaign, control, "127.0.0.1", auth, tt.trust, ""), 0o600); err != nil {
					t.Fatal(err)
				}
				for _, command := range [][]string{{"run", file}, {"doctor", file, "--record", "record.json"}} {
					out := secretRun(t, dir, password, command...)
					if len(out) == 0 {
						t.Errorf("%s said nothing", command[0])
					}
					revealed(t, command[0], out, forms)
				}
				revealedIn(t, dir, forms)
			})
		}
	}
}

// secretRun runs vnettune in a folder, with the password in its environment.
func secretRun(t *testing.T, dir, password string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(self(t), args...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), insideEnv+"=none", "VNETTUNE_TEST_SECRET="+password, "XDG_STATE_HOME="+dir, "XDG_CACHE_HOME="+dir)
	out, _ := cmd.CombinedOutput() // it fails, in its own words
	return out
}

// A campaign that works leaves its password nowhere either: in no store, log or
// transcript, in no notice's environment, and on no command line of this machine.
func TestThePasswordStaysSecretInACampaign(t *testing.T) {
	t.Parallel()
	if err := fastLab(); err != nil {
		t.Skipf("NOT TESTED: the password of a campaign: %v", err)
	}
	l := upLab(t, "secret")
	info := l.info
	password, err := passwordFile(info.PasswordFile)
	if err != nil {
		t.Fatal(err)
	}
	forms := disguises(password)
	dir := t.TempDir()
	file := filepath.Join(dir, "secret.yaml")
	children := tellingChildren(t, dir)
	if err := os.WriteFile(file, fmt.Appendf(nil, secretCampaign, "http://"+info.GuestAddress, info.GuestAddress, "ntlm",
		"rescue: {libvirt: {domain: guest}}", "host: {iperf: "+children["iperf3"]+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var watching sync.WaitGroup
	done := make(chan struct{})
	watching.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				commandLines(t, forms)
			}
		}
	})
	for _, args := range [][]string{{"run", file}, {"report", "secret.db"}, {"doctor", file, "--record", "record.json"}, {"restore", "secret.db"}} {
		cmd := l.enter(append([]string{self(t)}, args...), "VNETTUNE_TEST_SECRET="+password, "PATH="+dir+":"+os.Getenv("PATH"))
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil && args[0] != "doctor" {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		revealed(t, strings.Join(args, " "), out, forms)
	}
	close(done)
	watching.Wait()
	if notice, err := os.ReadFile(filepath.Join(dir, "noticed")); err != nil || !bytes.Contains(notice, []byte("VNETTUNE_EVENT=end")) {
		t.Errorf("notice: %v", err)
	}
	for _, kept := range []string{"secret.db", "record.json", "environment-of-iperf3", "environment-of-virsh"} {
		if _, err := os.Stat(filepath.Join(dir, kept)); err != nil {
			t.Error(err)
		}
	}
	revealedIn(t, dir, forms)
	// The lab's own configuration holds it, for its guest.
	revealedIn(t, filepath.Dir(info.PasswordFile), forms, info.PasswordFile, filepath.Join(filepath.Dir(info.PasswordFile), "guest.json"))
}

// tellingChildren puts into a folder programs that write their environment into it: one that
// then is iperf3, and a virsh that knows no domain. They are where the map says.
func tellingChildren(t *testing.T, dir string) map[string]string {
	t.Helper()
	iperf3, err := exec.LookPath("iperf3")
	if err != nil {
		t.Skipf("NOT TESTED: the environment of children: %v", err)
	}
	all := map[string]string{"iperf3": "exec " + iperf3 + ` "$@"`, "virsh": "exit 1"}
	for name, then := range all {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, fmt.Appendf(nil, "#!/bin/sh\nenv >> %s/environment-of-%s\n%s\n", dir, name, then), 0o700); err != nil {
			t.Fatal(err)
		}
		all[name] = path
	}
	return all
}

// commandLines looks at the command line of every process of this machine.
func commandLines(t *testing.T, forms map[string]string) {
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Error(err)
	}
	for _, path := range all {
		if text, err := os.ReadFile(path); err == nil { // it may have ended
			revealed(t, path, text, forms)
		}
	}
}
