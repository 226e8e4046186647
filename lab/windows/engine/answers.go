package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"vnettune/lab/windows/console"
	"vnettune/lab/windows/machine"
	"vnettune/lab/windows/processes"
)

// request is one question of windows.ps1: a line of JSON.
type request struct {
	What string          `json:"what"`
	With json.RawMessage `json:"with"`
}

// maxRequest bounds a request in bytes: a Windows command line is far shorter.
const maxRequest = 1 << 20

// serve answers the functions of windows.ps1 until the door closes.
func (e *Engine) serve() {
	for {
		conn, err := e.door.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			e.answer(conn)
		}()
	}
}

func (e *Engine) answer(conn net.Conn) {
	var r request
	var answer any
	err := json.NewDecoder(io.LimitReader(conn, maxRequest)).Decode(&r)
	if err == nil {
		answer, err = e.ask(r)
	}
	if err != nil {
		answer = map[string]string{"error": err.Error()}
	}
	_ = json.NewEncoder(conn).Encode(answer) // a script that is gone needs none
}

// ask answers one question.
func (e *Engine) ask(r request) (any, error) {
	switch r.What {
	case "class":
		return with(r, e.class)
	case "templates":
		return with(r, func(struct{}) (any, error) { return e.providers(), nil })
	case "connections":
		return with(r, func(struct{}) (any, error) { return e.connections() })
	case "route":
		return with(r, e.route)
	case "event":
		return with(r, func(struct{}) (any, error) { return e.m.View().Events, nil })
	case "program":
		return with(r, e.program)
	case "offload":
		return with(r, e.offload)
	case "create":
		return with(r, e.create)
	case "terminate":
		return with(r, e.terminate)
	case "task":
		return with(r, e.task)
	case "register":
		return with(r, e.register)
	case "start":
		return with(r, e.start)
	case "unregister":
		return with(r, e.unregister)
	case "restart":
		return with(r, e.restart)
	case "winrm":
		return with(r, func(struct{}) (any, error) { return e.m.WinRM(), nil })
	case "rights":
		return with(r, func(struct{}) (any, error) { return e.rights(), nil })
	}
	return nil, fmt.Errorf("stand-in: nothing answers %q", r.What)
}

func with[T any](r request, answer func(T) (any, error)) (any, error) {
	var in T
	if err := json.Unmarshal(r.With, &in); err != nil {
		return nil, fmt.Errorf("stand-in: %s: %w", r.What, err)
	}
	return answer(in)
}

// program runs a program that the kit only plays, as the machine does it.
func (e *Engine) program(in struct {
	Args []string `json:"args"`
}) (any, error) {
	if len(in.Args) == 0 || !isPlayed(in.Args[0]) {
		return nil, fmt.Errorf("stand-in: %q is not played", in.Args)
	}
	var out bytes.Buffer
	p := &machine.Process{Machine: e.m, Command: machine.Command{Stdin: nothing, Stdout: &out, Stderr: &out, CodePage: 65001}}
	code := e.exec(context.Background(), p, in.Args)
	return map[string]any{"exit": code, "output": strings.ReplaceAll(out.String(), "\r\n", "\n")}, nil
}

// exec runs a program that the kit only plays.
func (e *Engine) exec(ctx context.Context, p *machine.Process, args []string) int {
	if console.ProgramName(args[0]) != powercfg {
		return p.Exec(ctx, console.CommandLine(args))
	}
	if len(args) != 3 || !strings.EqualFold(args[1], "/setactive") {
		p.Errln("stand-in: only powercfg /setactive PLAN is played")
		return 1
	}
	code, text := e.m.Edition().DoStep(e.m, machine.Step{Op: "power", Data: strings.ToLower(args[2])})
	p.Out(text)
	return code
}

// offload sets a switch of Set-NetOffloadGlobalSetting.
func (e *Engine) offload(in struct {
	Name string `json:"name"`
	Data string `json:"data"`
}) (any, error) {
	code, text := e.m.Edition().DoStep(e.m, machine.Step{Op: "offload", Name: in.Name, Data: in.Data})
	return map[string]any{"exit": code, "output": text}, nil
}

// connections are those of TCP, with the template that each established one has.
func (e *Engine) connections() (any, error) {
	type connection struct {
		State, AppliedSetting string
		LocalPort             int
	}
	list, err := processes.Sockets("tcp")
	if err != nil {
		return nil, err
	}
	all := []connection{}
	for _, s := range list {
		switch port := int(s.Local.Port()); s.State {
		case "0A":
			all = append(all, connection{State: "Listen", LocalPort: port})
		case "01":
			all = append(all, connection{State: "Established", LocalPort: port, AppliedSetting: e.m.Template(port).CIM})
		}
	}
	return map[string]any{"connections": all}, nil
}

func (e *Engine) route(in struct {
	Address string `json:"address"`
}) (any, error) {
	r, err := e.m.RouteTo(in.Address)
	return map[string]any{"ifIndex": r.Index, "source": r.Source}, err
}

// The server's command line as the script iperf says it, by itself or by cmd.exe with a file for
// what goes wrong.
var (
	serverPort = regexp.MustCompile(`^(?:cmd\.exe /d /s /c ")?"?` + regexp.QuoteMeta(iperfPath) + `"? -s -p (\d+)(?: |"|$)`)
	serverLog  = regexp.MustCompile(` 2>"C:\\([^"]+)"`)
)

// create is Win32_Process.Create: the real iperf3 as a server, or what the machine can start.
func (e *Engine) create(in struct {
	Line string `json:"line"`
}) (any, error) {
	m := serverPort.FindStringSubmatch(in.Line)
	if m == nil {
		pid, code, err := e.m.Processes().Start(in.Line)
		return map[string]int{"pid": pid, "code": code}, err
	}
	port, err := strconv.Atoi(m[1])
	if err != nil {
		return nil, err
	}
	pid, said, err := e.m.Processes().StartServer(port)
	if err != nil {
		return nil, err
	}
	if log := serverLog.FindStringSubmatch(in.Line); log != nil {
		path, err := e.folded(log[1])
		if err != nil {
			return nil, err
		}
		if err := errors.Join(os.RemoveAll(path), os.Symlink(said, path)); err != nil {
			return nil, err
		}
	}
	return map[string]int{"pid": pid, "code": processes.CreateDone}, nil
}

// folded is where this host has a file of the drive C: whose folders are there, in whatever case.
func (e *Engine) folded(path string) (string, error) {
	at := e.onDisk("")
	names := strings.Split(path, `\`)
	for _, name := range names[:len(names)-1] {
		entries, err := os.ReadDir(at)
		if err != nil {
			return "", err
		}
		i := slices.IndexFunc(entries, func(d os.DirEntry) bool { return strings.EqualFold(d.Name(), name) })
		if i < 0 {
			return "", fmt.Errorf("stand-in: drive C: has no folder of %s", path)
		}
		at = filepath.Join(at, entries[i].Name())
	}
	return filepath.Join(at, names[len(names)-1]), nil
}

// terminate ends a process, the servers among them.
func (e *Engine) terminate(in struct {
	PID int `json:"pid"`
}) (any, error) {
	ended, err := e.m.Processes().EndServer(in.PID)
	if !ended && err == nil {
		_, err = e.m.Processes().End(in.PID)
	}
	return struct{}{}, err
}

// trigger and action are parts of a scheduled task, as windows.ps1 hands them over.
type trigger struct {
	AtStartup bool   `json:"atStartup"`
	Delay     string `json:"delay"` // such as PT600S
	At        string `json:"at"`
}

// register makes one of the two tasks that the machine knows, due once at a moment and a while after each
// start of the system: the dead-man switch's, or the one that restarts an adapter.
func (e *Engine) register(in struct {
	Path      string    `json:"path"`
	Execute   string    `json:"execute"`
	Arguments string    `json:"arguments"`
	Folder    string    `json:"folder"` // that it works in; "" for the system's
	Triggers  []trigger `json:"triggers"`
}) (any, error) {
	action := `"` + in.Execute + `" ` + in.Arguments
	if in.Folder != "" {
		action = `cd /d "` + in.Folder + `" && ` + action
	}
	var due time.Time
	var afterStart time.Duration
	for _, one := range in.Triggers {
		var err error
		if one.AtStartup {
			afterStart, err = time.ParseDuration(strings.ToLower(strings.TrimPrefix(one.Delay, "PT")))
		} else {
			due, err = time.Parse(time.RFC3339, one.At)
		}
		if err != nil {
			return nil, fmt.Errorf("stand-in: task %s: %w", in.Path, err)
		}
	}
	if due.IsZero() || afterStart <= 0 {
		return nil, errors.New("stand-in: only tasks are played that are due once and after each start")
	}
	switch {
	case strings.EqualFold(in.Path, machine.DeadManTaskName):
		return struct{}{}, e.m.SetDeadMan(&machine.DeadManTask{Action: action, Due: due, Limit: afterStart})
	case strings.EqualFold(in.Path, machine.RestartTaskName):
		return struct{}{}, e.m.SetRestart(&machine.RestartTask{Action: action, Due: due})
	}
	return nil, noTask(in.Path)
}

func noTask(path string) error { return fmt.Errorf("stand-in: there is no task %s", path) }

// start has the scheduler start the dead-man switch's task now, beside the command that asks for it.
func (e *Engine) start(in struct {
	Path string `json:"path"`
}) (any, error) {
	if e.m.View().DeadMan.Task == nil || !strings.EqualFold(in.Path, machine.DeadManTaskName) {
		return nil, noTask(in.Path)
	}
	go e.m.SetOff()
	return struct{}{}, nil
}

// unregister takes a task away.
func (e *Engine) unregister(in struct {
	Path string `json:"path"`
}) (any, error) {
	switch {
	case strings.EqualFold(in.Path, machine.DeadManTaskName):
		return struct{}{}, e.m.SetDeadMan(nil)
	case strings.EqualFold(in.Path, machine.RestartTaskName):
		return struct{}{}, e.m.SetRestart(nil)
	}
	return nil, noTask(in.Path)
}

// task is what the scheduler knows of one.
func (e *Engine) task(in struct {
	Path string `json:"path"`
}) (any, error) {
	v := e.m.View()
	if t := v.DeadMan.Task; t != nil && strings.EqualFold(in.Path, machine.DeadManTaskName) {
		return map[string]any{"there": true, "boundary": t.Due.Format(time.RFC3339), "delay": fmt.Sprintf("PT%dS", int(t.Limit.Seconds()))}, nil
	}
	if t := v.Restart.Task; t != nil && strings.EqualFold(in.Path, machine.RestartTaskName) {
		return map[string]any{"there": true, "boundary": t.Due.Format(time.RFC3339), "delay": ""}, nil
	}
	return map[string]any{"there": false}, nil
}

// restart restarts an adapter, as Restart-NetAdapter does.
func (e *Engine) restart(in struct {
	GUID string `json:"guid"`
}) (any, error) {
	name, ok := e.m.AdapterGUID(in.GUID)
	if !ok {
		return nil, fmt.Errorf("stand-in: no adapter has the GUID %s", in.GUID)
	}
	return struct{}{}, e.m.RestartAdapter(name)
}

// rights are those of the dead-man switch's folder and files, in SDDL.
func (e *Engine) rights() any {
	sddl := "O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
	if e.m.Faults().WritableFolder {
		sddl += "(A;OICI;FA;;;BU)"
	}
	return map[string]string{"sddl": sddl}
}
