package lab_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"vnettune/lab"
)

// askInside is the client: COMMAND... starts a command on the guest and prints
// nothing, "output COMMAND..." prints what it wrote to standard output, "fingerprint"
// prints that of the HTTPS certificate, "options" what a new connection has agreed on,
// "logon WAY" prints what comes of a logon, "cut COMMAND" what an open connection hears of a restart of the adapter.
func askInside(args []string) error {
	address, user, password := os.Getenv("LAB_ADDRESS"), os.Getenv("LAB_USER"), os.Getenv("LAB_PASSWORD")
	if len(args) == 1 && args[0] == "fingerprint" {
		conn, err := tls.Dial("tcp", address+":5986", &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			return err
		}
		defer conn.Close()
		sum := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].Raw)
		fmt.Print(hex.EncodeToString(sum[:]))
		return nil
	}
	if len(args) == 1 && args[0] == "options" {
		return options(address)
	}
	if len(args) == 2 && args[0] == "logon" {
		return logon(args[1], address, user, password)
	}
	w := winrm{url: "http://" + address + ":5985/wsman", user: user, password: password}
	if len(args) == 2 && args[0] == "cut" {
		return cut(w, address, args[1])
	}
	if len(args) > 0 && args[0] == "output" {
		return w.run(strings.Join(args[1:], " "), os.Stdout)
	}
	return w.run(strings.Join(args, " "), nil)
}

// winrm is as much of a client as it takes to start a command and read its output.
type winrm struct{ url, user, password string }

const shellURI = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"

// asXML writes what text of an element cannot hold as it is. A quote is not among it: its
// number (&#34;) would stay in the command line.
var asXML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// run starts a command and, where output is asked for, waits for its end.
func (w winrm) run(command string, output io.Writer) error {
	created, err := w.post("http://schemas.xmlsoap.org/ws/2004/09/transfer/Create", "",
		`<rsp:Shell><rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>`)
	if err != nil {
		return err
	}
	id := regexp.MustCompile(`Name="ShellId"[^>]*>([^<]+)<`).FindSubmatch(created)
	if id == nil {
		return fmt.Errorf("no shell id in %s", created)
	}
	selector := `<w:SelectorSet><w:Selector Name="ShellId">` + string(id[1]) + `</w:Selector></w:SelectorSet>`
	started, err := w.post(shellURI+"/Command", selector, `<rsp:CommandLine><rsp:Command>`+asXML.Replace(command)+`</rsp:Command></rsp:CommandLine>`)
	if err != nil || output == nil {
		return err
	}
	defer w.post("http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete", selector, "")
	running := regexp.MustCompile(`CommandId>([^<]+)<`).FindSubmatch(started)
	if running == nil {
		return fmt.Errorf("no command id in %s", started)
	}
	stream := regexp.MustCompile(`Name="stdout"[^>]*>([^<]+)<`)
	for {
		got, err := w.post(shellURI+"/Receive", selector, `<rsp:Receive><rsp:DesiredStream CommandId="`+string(running[1])+`">stdout stderr</rsp:DesiredStream></rsp:Receive>`)
		if err != nil {
			return err
		}
		for _, m := range stream.FindAllSubmatch(got, -1) {
			b, err := base64.StdEncoding.DecodeString(string(m[1]))
			if err != nil {
				return err
			}
			if _, err := output.Write(b); err != nil {
				return err
			}
		}
		if bytes.Contains(got, []byte("CommandState/Done")) {
			return nil
		}
	}
}

func (w winrm) post(action, header, body string) ([]byte, error) {
	envelope := `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" ` +
		`xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:rsp="` + shellURI + `"><s:Header>` +
		`<a:To>` + w.url + `</a:To><a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo>` +
		`<w:MaxEnvelopeSize>153600</w:MaxEnvelopeSize><a:MessageID>uuid:11111111-1111-1111-1111-111111111111</a:MessageID>` +
		`<w:OperationTimeout>PT20S</w:OperationTimeout><w:ResourceURI>` + shellURI + `/cmd</w:ResourceURI><a:Action>` + action + `</a:Action>` +
		header + `</s:Header><s:Body>` + body + `</s:Body></s:Envelope>`
	request, err := http.NewRequest(http.MethodPost, w.url, bytes.NewBufferString(envelope))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/soap+xml;charset=UTF-8")
	request.SetBasicAuth(w.user, w.password)
	response, err := (&http.Client{Transport: &http.Transport{}, Timeout: 20 * time.Second}).Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status + ": " + string(answer))
	}
	return answer, err
}

// ask runs the client inside a lab and returns its output.
func ask(t *testing.T, i lab.Info, args ...string) string {
	t.Helper()
	out, err := asked(t, i, args...)
	if err != nil {
		t.Fatalf("ask %v: %v: %s", args, err, out)
	}
	return out
}

// asked is ask for what may fail.
func asked(t *testing.T, i lab.Info, args ...string) (string, error) {
	t.Helper()
	password, err := os.ReadFile(i.PasswordFile)
	if err != nil {
		t.Fatal(err)
	}
	cmd := lab.Enter(i, append([]string{executable(t), askCommand}, args...), []string{
		"LAB_ADDRESS=" + i.GuestAddress, "LAB_USER=" + i.User, "LAB_PASSWORD=" + strings.TrimSpace(string(password)),
		"LAB_CONSOLE=" + i.Console, "LAB_CERTIFICATE=" + i.ClientCert, "LAB_KEY=" + i.ClientKey, "LAB_AUTHORITY=" + i.Certificate,
	})
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func executable(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return self
}

// waitFor waits for something that a log will say; the limit is far above what a busy
// machine needs, and only ends a test that has failed.
func waitFor(t *testing.T, path, text string) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if b, err := os.ReadFile(path); err == nil && bytes.Contains(b, []byte(text)) {
			return
		}
	}
	b, _ := os.ReadFile(path)
	t.Fatalf("%s never said %q:\n%s", path, text, b)
}
