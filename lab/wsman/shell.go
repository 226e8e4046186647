package wsman

import (
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"vnettune/lab/windows/machine"
	"vnettune/lab/wsman/process"
	"vnettune/lab/wsman/soap"
)

// maxCommandLine is the longest line that CreateProcess takes, in characters.
const maxCommandLine = 32767

// shell is one remote shell.
type shell struct {
	id       string
	codePage int
	env      map[string]string
	dir      string
	idle     time.Duration
	stop     context.CancelFunc
	ctx      context.Context

	mu       sync.Mutex
	used     time.Time
	started  int // commands ever: a Windows does not count one down that has ended ([MS-WSMV], note 118)
	commands map[string]*process.Process
}

// create makes a shell.
func (s *Server) create(e *soap.Envelope) (soap.Reply, error) {
	b := e.Body.Shell
	if b == nil {
		return soap.Reply{}, soap.Malformed("Create carries no Shell.")
	}
	sh := &shell{id: soap.NewUUID(), env: map[string]string{}, dir: strings.TrimSpace(b.WorkingDirectory), idle: s.cfg.IdleTimeout, used: s.now(), commands: map[string]*process.Process{}}
	for _, v := range b.Variables {
		sh.env[v.Name] = v.Text
	}
	if text := e.Option("WINRS_CODEPAGE"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return soap.Reply{}, soap.Malformed("WINRS_CODEPAGE is not a number.")
		}
		sh.codePage = n
	}
	if text := strings.TrimSpace(b.IdleTimeOut); text != "" {
		d, err := soap.ParseDuration(text)
		if err != nil {
			return soap.Reply{}, soap.Malformed(err.Error())
		}
		sh.idle = min(d, s.cfg.IdleTimeout)
	}
	sh.ctx, sh.stop = context.WithCancel(s.ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.shells) >= s.cfg.MaxShells || s.ctx.Err() != nil {
		sh.stop()
		return soap.Reply{}, errTooManyShells
	}
	s.shells[sh.id] = sh
	return e.Answer("<x:ResourceCreated><a:Address>" + soap.Anonymous + "</a:Address><a:ReferenceParameters><w:ResourceURI>" +
		resourceCmd + `</w:ResourceURI><w:SelectorSet><w:Selector Name="ShellId">` + sh.id +
		"</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated><rsp:Shell><rsp:ShellId>" + sh.id +
		"</rsp:ShellId><rsp:ResourceUri>" + resourceCmd + "</rsp:ResourceUri><rsp:Owner>" + soap.Escape(s.cfg.User) + "</rsp:Owner><rsp:IdleTimeOut>PT" +
		strconv.FormatFloat(sh.idle.Seconds(), 'f', 3, 64) + "S</rsp:IdleTimeOut><rsp:InputStreams>" + soap.Escape(b.InputStreams) +
		"</rsp:InputStreams><rsp:OutputStreams>" + soap.Escape(b.OutputStreams) + "</rsp:OutputStreams></rsp:Shell>"), nil
}

// shell finds a shell and notes its use.
func (s *Server) shell(id string) (*shell, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.shells[strings.ToUpper(id)]
	if sh == nil {
		return nil, errShellNotFound
	}
	sh.touch(s.now())
	return sh, nil
}

func (sh *shell) touch(now time.Time) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.used = now
}

// dropIdle ends the shells that nobody used for longer than their idle time.
func (s *Server) dropIdle() {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, sh := range s.shells {
		sh.mu.Lock()
		late := now.Sub(sh.used) > sh.idle
		sh.mu.Unlock()
		if late {
			sh.end()
			delete(s.shells, id)
		}
	}
}

// delete ends a shell with all of its commands.
func (s *Server) delete(sh *shell) {
	s.mu.Lock()
	delete(s.shells, sh.id)
	s.mu.Unlock()
	sh.end()
}

func (sh *shell) end() {
	sh.stop()
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for id, c := range sh.commands {
		c.Abort()
		delete(sh.commands, id)
	}
}

// command starts a process in a shell.
func (s *Server) command(sh *shell, e *soap.Envelope) (soap.Reply, error) {
	b := e.Body.Command
	if b == nil || strings.TrimSpace(string(b.Command)) == "" {
		return soap.Reply{}, errNoCommand
	}
	line := strings.TrimSpace(string(b.Command))
	length := len(line)
	for _, a := range b.Arguments {
		length += 1 + len(a)
	}
	if length > maxCommandLine {
		return soap.Reply{}, errCommandTooLong
	}
	if s.started() >= s.cfg.MaxOperations {
		return soap.Reply{}, errTooManyStarted
	}
	// Without the option it is a pipe ([MS-WSMV] 3.1.4.11).
	c := process.New(sh.ctx, soap.IsTrue(e.Option("WINRS_CONSOLEMODE_STDIN")))
	id := soap.NewUUID()
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if sh.ctx.Err() != nil {
		c.Abort()
		return soap.Reply{}, errShellNotFound
	}
	if sh.running() >= s.cfg.MaxCommands {
		c.Abort()
		return soap.Reply{}, errTooManyCommands
	}
	sh.commands[id] = c
	sh.started++
	go c.Run(s.exec.Run, machine.Command{
		Line:     line,
		Args:     b.Arguments,
		CodePage: sh.codePage,
		Env:      sh.env,
		Dir:      sh.dir,
		Shell:    true, // WINRS_SKIP_CMD_SHELL or not: docs/facts/windows-answers.md C8
	})
	return e.Answer("<rsp:CommandResponse><rsp:CommandId>" + id + "</rsp:CommandId></rsp:CommandResponse>"), nil
}

// started counts the commands that were ever started in the shells there are.
func (s *Server) started() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, sh := range s.shells {
		sh.mu.Lock()
		n += sh.started
		sh.mu.Unlock()
	}
	return n
}

// running counts the commands that have not ended; call it with mu held.
func (sh *shell) running() int {
	n := 0
	for _, c := range sh.commands {
		if c.Running() {
			n++
		}
	}
	return n
}

// find gives a command of the shell by id.
func (sh *shell) find(id string) (*process.Process, error) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	c := sh.commands[strings.ToUpper(id)]
	if c == nil {
		return nil, errCommandNotFound
	}
	return c, nil
}

// sendInput hands input to commands.
func (sh *shell) sendInput(e *soap.Envelope) (soap.Reply, error) {
	if e.Body.Send == nil {
		return soap.Reply{}, soap.Malformed("Send carries no stream.")
	}
	for _, s := range e.Body.Send.Streams {
		if s.Name != "stdin" {
			return soap.Reply{}, soap.Malformed("Only the stream stdin takes input.")
		}
		c, err := sh.find(s.CommandID)
		if err != nil {
			return soap.Reply{}, err
		}
		b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s.Text), ""))
		if err != nil {
			return soap.Reply{}, soap.Malformed("The stream is not base64.")
		}
		switch err := c.Feed(b, soap.IsTrue(s.End)); {
		case errors.Is(err, process.ErrEnded):
			return soap.Reply{}, errStdinClosed
		case err != nil:
			return soap.Reply{}, errStdinFull
		}
	}
	return e.Answer("<rsp:SendResponse/>"), nil
}

// signal ends a command: terminate also forgets it, the others leave its end to
// be received.
func (sh *shell) signal(e *soap.Envelope) (soap.Reply, error) {
	b := e.Body.Signal
	if b == nil {
		return soap.Reply{}, soap.Malformed("Signal carries no code.")
	}
	c, err := sh.find(b.CommandID)
	if err != nil {
		return soap.Reply{}, err
	}
	code := strings.ToLower(strings.TrimSpace(b.Code))
	switch code[strings.LastIndexByte(code, '/')+1:] {
	case "terminate":
		c.Abort()
		sh.mu.Lock()
		delete(sh.commands, strings.ToUpper(b.CommandID))
		sh.mu.Unlock()
	case "ctrl_c", "ctrl_break":
		c.Interrupt()
	default:
		return soap.Reply{}, soap.Malformed("The signal code is unknown.")
	}
	return e.Answer("<rsp:SignalResponse/>"), nil
}
