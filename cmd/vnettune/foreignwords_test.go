package main

import (
	"bytes"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"vnettune/apply/winrm/fault"
	"vnettune/bench"
	"vnettune/foreign"
)

// hostileWords paint, hide, turn around, break lines and do not end; the letters in them stay.
const hostileWords = "\x1b]0;owned\x07\x1b[31mred\u202eright\u2066\u200b\u009b31m\u00ad\r\nowned: \x00\x7fслово"

// longWords are too many.
var longWords = hostileWords + strings.Repeat("0123456789", 100_000)

// unseemly is what in a program's output must not reach a terminal; "" for nothing.
func unseemly(out string) string {
	if !utf8.ValidString(out) {
		return "it is no UTF-8"
	}
	for _, r := range out {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029') {
			return fmt.Sprintf("it holds %U", r)
		}
	}
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "owned: ") {
			return "a line of it is not ours"
		}
		if len(line) > foreign.MaxMessage+1000 {
			return fmt.Sprintf("a line of it has %d bytes", len(line))
		}
	}
	if len(out) > 1<<20 {
		return fmt.Sprintf("it has %d bytes", len(out))
	}
	return ""
}

// textsOf are all texts of a JSON value.
func textsOf(v any) []string {
	var all []string
	switch v := v.(type) {
	case string:
		all = append(all, v)
	case []any:
		for _, x := range v {
			all = append(all, textsOf(x)...)
		}
	case map[string]any:
		for k, x := range v {
			all = append(append(all, k), textsOf(x)...)
		}
	}
	return all
}

// seemly runs the program and fails the test where foreign words come through; it gives what
// came out.
func seemly(t *testing.T, stdin string, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	vnettune(args, strings.NewReader(stdin), &out, &errs)
	for name, said := range map[string]string{"stdout": out.String(), "stderr": errs.String()} {
		if wrong := unseemly(said); wrong != "" {
			t.Errorf("vnettune %s: %s: %s: %.600q", strings.Join(args, " "), name, wrong, said)
		}
	}
	var v any
	if json.Unmarshal(out.Bytes(), &v) == nil {
		for _, text := range textsOf(v) {
			if wrong := unseemly(text); wrong != "" {
				t.Errorf("vnettune %s: a text of the JSON: %s: %.300q", strings.Join(args, " "), wrong, text)
			}
		}
	}
	return out.String(), errs.String()
}

// poison is every place of a store where words stand, with a statement that puts others there.
var poison = map[string]string{
	"campaign":   "UPDATE campaign SET name = ?1",
	"file":       "UPDATE campaign SET file = ?1",
	"generation": "UPDATE campaign SET generation = ?1",
	"arms":       "UPDATE campaign SET plan = replace(plan, '\"c01\"', json_quote(?1))",
	"caption":    "UPDATE session SET guest = json_set(guest, '$.caption', ?1, '$.computerName', ?1, '$.standIn', ?1)",
	"adapter":    "UPDATE session SET guest = json_set(guest, '$.adapters[0].name', ?1, '$.adapters[0].description', ?1)",
	"host":       "UPDATE session SET host = json_set(host, '$.kernel', ?1, '$.cpu', ?1, '$.iperf3', ?1, '$.lab.name', ?1)",
	"machine": "UPDATE session SET host = json_set(host, '$.vm', json_object('machine', ?1, 'hyperv', json_array(?1), 'settings', json_array(?1)," +
		" 'adapter', json_object('device', ?1, 'options', json_object(?1, ?1), 'backend', json_object('type', ?1)))," +
		" '$.path', json_object('not_known', ?1, 'links', json_array(json_object('name', ?1, 'kind', ?1, 'offloads', json_object(?1, json('true'))))))",
	"outcome":     "UPDATE session_end SET outcome = ?1",
	"boot":        "UPDATE boot SET name = ?1 WHERE id = 2",
	"arm":         "UPDATE boot SET arm = ?1 WHERE id > 1",
	"combination": "UPDATE boot SET combination = ?1 WHERE id = 2",
	"status":      "UPDATE boot SET status = ?1 WHERE id = 2",
	"reason":      "UPDATE boot SET status = 'boot_timeout', reason = ?1 WHERE id = 2",
	"readings":    "UPDATE boot SET status = 'not_in_effect', readings = json_set(readings, '$[0].configured', ?1, '$[0].reason', ?1) WHERE id = 2",
	"workload":    "UPDATE run SET workload = ?1 WHERE id > 3",
	"class":       "UPDATE run SET class = ?1 WHERE id % 5 = 0",
	"run":         "UPDATE run SET class = 'peer_lost', reason = ?1 WHERE id % 5 = 0",
	"details":     "UPDATE run SET details = json_set(details, '$.notes[0]', ?1, '$.client_version', ?1, '$.sender_congestion', ?1, '$.refused[0].metric', ?1) WHERE rowid % 4 = 1",
	"metric":      "UPDATE metric SET name = ?1 WHERE id % 7 = 0",
	"unit":        "UPDATE metric SET unit = ?1",
	"better":      "UPDATE metric SET better = ?1 WHERE id = 1",
	"exclusion":   "INSERT INTO exclusion VALUES (3, ?1, '2026-01-01T00:00:00Z')",
	"event":       "INSERT INTO event (at, kind, text) VALUES ('2026-01-01T00:00:00Z', ?1, ?1)",
	"decision":    "INSERT INTO decision VALUES (1, '2026-01-01T00:00:00Z', json_object('arms', json_array(?1), 'text', ?1))",
	"floor":       "INSERT INTO noise_floor (at, source, created, data) VALUES ('2026-01-01T00:00:00Z', ?1, '2026-01-01T00:00:00Z', json_object('source', ?1))",
	"times":       "UPDATE boot SET started = ?1 WHERE id = 2",
	"no JSON":     "UPDATE boot SET steps = ?1 WHERE id = 2",
	"originals":   "UPDATE originals SET data = ?1",
	"no plan":     "UPDATE campaign SET plan = ?1",
}

// poisoned is a stored campaign that somebody wrote other words into.
func poisoned(t *testing.T, packed, statement, words string) string {
	t.Helper()
	path := oldStore(t, packed)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT name FROM sqlite_master WHERE type = 'trigger'")
	if err != nil {
		t.Fatal(err)
	}
	var triggers []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		triggers = append(triggers, name)
	}
	rows.Close()
	for _, name := range triggers {
		if _, err := db.Exec("DROP TRIGGER " + name); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec(statement, words); err != nil && !strings.Contains(err.Error(), "no such table: noise_floor") && !strings.Contains(err.Error(), "UNIQUE") {
		t.Fatal(err)
	}
	return path
}

// Whoever has written into a store, no command prints a character that does more than be read,
// nor a line that is not ours, nor megabytes.
func TestWordsOfAStoreAreShownAndNotObeyed(t *testing.T) {
	t.Parallel()
	campaignFile := filepath.Join(t.TempDir(), "next.yaml")
	if err := os.WriteFile(campaignFile, []byte("name: next\nguest: {lab: {kind: fast, generation: w10}}\ndesign: list\narms:\n  - set: {tcp.autotuninglevel: disabled}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for place, statement := range poison {
		for length, words := range map[string]string{"short": hostileWords, "long": longWords} {
			t.Run(place+", "+length, func(t *testing.T) {
				t.Parallel()
				design := "list"
				if place == "decision" {
					design = "adaptive"
				}
				store := poisoned(t, filepath.Join("testdata", "stores", design+".db.gz"), statement, words)
				seemly(t, "", "report", store)
				seemly(t, "", "report", store, "--format", "json")
				csv, _ := seemly(t, "", "report", store, "--format", "csv")
				seemly(t, csv, "rank", "-", "--baseline", "baseline")
				seemly(t, "", "gate", store, "--candidate", "c01")
				seemly(t, "", "gate", store, "--candidate", "c01", "--format", "json")
				seemly(t, "", "history", store)
				seemly(t, "", "history", store, "--format", "json")
				seemly(t, "", "plan", campaignFile, "--from", store)
				seemly(t, "", "plan", campaignFile, "--from", store, "--format", "json")
				seemly(t, "", "exclude", store, "b003", "--reason", "again")
			})
		}
	}
}

// What is shown of a store's words can be read: the letters stay.
func TestLettersOfAStoreStay(t *testing.T) {
	store := poisoned(t, filepath.Join("testdata", "stores", "list.db.gz"), poison["exclusion"], hostileWords)
	out, _ := seemly(t, "", "report", store)
	if joined := strings.Join(strings.Fields(out), " "); !strings.Contains(joined, `\x1b]0;owned\x07\x1b[31mred\u202eright`) || !strings.Contains(joined, "слово") {
		t.Errorf("the reason of an exclusion is not shown: %s", out)
	}
}

// A file of samples is the same, its name included.
func TestWordsOfAFileAreShownAndNotObeyed(t *testing.T) {
	const head = "combination,block,boot,workload,metric,unit,repetition,value,status\n"
	for _, words := range []string{hostileWords, longWords, "\u202e", "a\u009bb", "a\x1bb", "\xff"} {
		for i := range strings.Count(head, ",") + 1 {
			fields := []string{"base", "1", "b1", "tcp", "throughput", "Mbit/s", "1", "5", ""}
			fields[i] = `"` + words + `"`
			seemly(t, head+strings.Join(fields, ",")+"\n", "rank", "-", "--baseline", "base")
			names := strings.Split(strings.TrimSpace(head), ",")
			names[i] = words
			seemly(t, strings.Join(names, ",")+"\n", "rank", "-", "--baseline", words)
		}
	}
	seemly(t, "", "rank", "\x1b[31m.csv", "--baseline", "base")
	seemly(t, "", "report", "\x1b[31m.db")
	seemly(t, "", "report", longWords[:200]+".db")
	seemly(t, "", hostileWords)
}

// A campaign file is the same.
func TestWordsOfACampaignAreShownAndNotObeyed(t *testing.T) {
	t.Parallel()
	quoted, err := json.Marshal(hostileWords)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "c.yaml")
	for _, text := range []string{
		"name: " + string(quoted), string(quoted) + ": 1", "name: x\n" + hostileWords, "design: " + string(quoted), "arms: [{name: " + string(quoted) + "}]",
		"name: \"" + strings.Repeat("x", 900_000) + "\"", strings.Repeat("x", 900_000) + ": y", "x: " + strings.Repeat("[", 200_000),
		strings.Repeat("x", 2<<20),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		seemly(t, "", "plan", path)
		seemly(t, "", "run", path)
		seemly(t, "", "doctor", path)
	}
}

// What a guest's service or a program says reaches the log, the events and the error of a run
// in the same form, however long it is.
func TestWordsOfARunAreShownAndNotObeyed(t *testing.T) {
	event := bench.Event{Kind: bench.EventRun, Arm: hostileWords, Step: "tcp", Status: hostileWords, Text: longWords[:5000]}
	var out, errs bytes.Buffer
	stdout, stderr := foreign.NewWriter(&out), foreign.NewWriter(&errs)
	for _, format := range []string{"json", "text"} {
		p := newProgress(format, stdout, stderr)
		p.event(event)
		p.close()
	}
	var said any
	if err := json.Unmarshal(out.Bytes(), &said); err != nil {
		t.Fatal(err)
	}
	for _, text := range append(textsOf(said), strings.ReplaceAll(errs.String(), "\nowned", "")) {
		if wrong := unseemly(strings.ReplaceAll(text, "\nowned", "")); wrong != "" { // let in before, where the words come from
			t.Errorf("%s: %.300q", wrong, text)
		}
	}
	f, err := fault.Parse(t.Context(), "create shell", []byte(`<s:Envelope xmlns:s="s"><s:Body><s:Fault><s:Reason><s:Text>&#x9b;31m&#x202e;`+"\r\nowned: слово "+
		strings.Repeat("x", 1<<20)+`</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>`))
	if err != nil {
		t.Fatal(err)
	}
	errs.Reset()
	complain(&errs, fmt.Errorf("boot 1: %w", f))
	if wrong := unseemly(errs.String()); wrong != "" || !strings.Contains(errs.String(), `\u009b31m\u202e owned: слово xxx`) || errs.Len() > 2000 {
		t.Errorf("%s: %.300q", wrong, errs.String())
	}
}

// service is a WinRM service that answers every command with the same output, or every request
// with the same fault.
func service(t *testing.T, stdout, stderr, fault string) (address string) {
	t.Helper()
	const shell = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
	step := regexp.MustCompile(`(Create|Command|Receive)</a:Action>`)
	stream := func(name, text string) string {
		return `<r:Stream Name="` + name + `" CommandId="C1">` + base64.StdEncoding.EncodeToString([]byte(text)) + `</r:Stream>`
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", "application/soap+xml;charset=UTF-8")
		action, body := "x", ""
		switch m := step.FindSubmatch(request); {
		case fault != "":
			w.WriteHeader(http.StatusInternalServerError)
			body = "<s:Fault><s:Code><s:Subcode><s:Value>" + fault + "</s:Value></s:Subcode></s:Code><s:Reason><s:Text>" + fault + "</s:Text></s:Reason></s:Fault>"
		case m == nil:
		case string(m[1]) == "Create":
			action, body = "http://schemas.xmlsoap.org/ws/2004/09/transfer/CreateResponse", "<r:ShellId>S1</r:ShellId>"
		case string(m[1]) == "Command":
			action, body = shell+"/CommandResponse", "<r:CommandId>C1</r:CommandId>"
		default:
			body = "<r:ReceiveResponse>" + stream("stdout", stdout) + stream("stderr", stderr) + `<r:CommandState State="` + shell + `/CommandState/Done"><r:ExitCode>0</r:ExitCode></r:CommandState></r:ReceiveResponse>`
		}
		_, _ = io.WriteString(w, `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:r="`+shell+`">`+
			`<s:Header><a:Action>`+action+`</a:Action></s:Header><s:Body>`+body+`</s:Body></s:Envelope>`)
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// A guest's facts, the errors of its scripts and the faults of its service are the same, by doctor
// and by run.
func TestWordsOfAGuestAreShownAndNotObeyed(t *testing.T) {
	t.Parallel()
	for length, words := range map[string]string{"short": hostileWords, "long": longWords[:200_000]} {
		quoted, err := json.Marshal(words)
		if err != nil {
			t.Fatal(err)
		}
		paint := string(quoted)
		facts := `{"build":19045,"productType":1,"caption":` + paint + `,"osLanguage":1033,"psVersion":"5.1","oemCodePage":"437","computerName":` + paint +
			`,"bootTime":"133000000000000000","now":"133000000600000000","standIn":"","pending":[` + paint + `],"adapters":[{"name":` + paint + `,"description":` + paint + `,"pnpId":"PCI\\VEN_1AF4","addresses":["192.0.2.9",` + paint + `],"up":true}]}`
		for name, answer := range map[string][3]string{
			"facts":  {facts, "", ""},
			"script": {`{"error":{"where":` + paint + `,"message":` + paint + `}}`, "", ""},
			"output": {words, words, ""},
			"fault":  {"", "", "&#x202e;&#x9b;31m слово &#xd;&#xa;owned: " + strings.Repeat("x", len(words))},
		} {
			t.Run(name+", "+length, func(t *testing.T) {
				t.Parallel()
				folder := t.TempDir()
				file, password := filepath.Join(folder, "c.yaml"), filepath.Join(folder, "password")
				if err := os.WriteFile(password, []byte("secret"), 0o600); err != nil {
					t.Fatal(err)
				}
				text := "name: hostile\nguest:\n  control: http://" + service(t, answer[0], answer[1], answer[2]) + "\n  data: 127.0.0.1\n  user: Administrator\n  password_file: " + password + "\n" +
					"  generation: w10\n  transport: {auth: basic}\ndesign: list\narms:\n  - name: off\n    set: {tcp.autotuninglevel: disabled}\n"
				if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				all := ""
				for _, args := range [][]string{{"doctor", file}, {"doctor", file, "--format", "json"}, {"run", file, "--store", file + ".db"}, {"run", file, "--store", file + ".db", "--format", "json"}} {
					out, errs := seemly(t, "", args...)
					all += out + errs
				}
				if name != "script" && !strings.Contains(all, "слово") {
					t.Errorf("the words are not shown: %.2000s", all)
				}
			})
		}
	}
}
