package guest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"vnettune/lab/windows/console"
	"vnettune/lab/windows/machine"
)

// programNames are the programs of Windows that the guest agent can start.
var programNames = []string{"cmd.exe", "netsh.exe", "powershell.exe", "reg.exe", "schtasks.exe", "shutdown.exe"}

// ProgramNames are the names under which this program plays a program of Windows, as
// links to it in a folder on the agent's PATH: each bare and by its whole path.
func ProgramNames() []string {
	var names []string
	for _, n := range programNames {
		folder := `C:\Windows\System32\`
		if n == "powershell.exe" {
			folder += `WindowsPowerShell\v1.0\`
		}
		names = append(names, n, folder+n)
	}
	return names
}

// IsProgram says whether this process was started as one of Windows' programs.
func IsProgram() bool {
	name := os.Args[0]
	return slices.Contains(ProgramNames(), name[strings.LastIndexByte(name, '/')+1:])
}

// programSocket is where the personality waits for programs: an abstract socket, which
// lives and dies with the guest's network namespace.
const programSocket = "@vnettune-windows"

// errNoWindows is what a program exits with that found no personality.
const errNoWindows = 1

// maxCommandLine is CreateProcess's limit in characters (docs/facts/windows-samples.md 5.6).
const maxCommandLine = 32767

// RunProgram hands this process's arguments and standard streams to the personality
// and returns the program's exit code.
func RunProgram() int {
	code, err := runProgram(programSocket, os.Args, []*os.File{os.Stdin, os.Stdout, os.Stderr})
	if err != nil {
		fmt.Fprintf(os.Stderr, "stand-in: %v\n", err)
		return errNoWindows
	}
	return code
}

func runProgram(socket string, args []string, streams []*os.File) (int, error) {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return 0, fmt.Errorf("no personality runs in this guest: %w", err)
	}
	defer conn.Close()
	if err := sendProgram(conn, args, streams); err != nil {
		return 0, err
	}
	b, err := io.ReadAll(conn)
	if err != nil {
		return 0, err
	}
	code, err := strconv.Atoi(string(b))
	if err != nil {
		return 0, errors.New("the machine went down before the program ended")
	}
	return code, nil
}

// sendProgram hands over standard streams, with one byte beside them, and arguments.
func sendProgram(conn *net.UnixConn, args []string, streams []*os.File) error {
	var fds []int
	for _, f := range streams {
		fds = append(fds, int(f.Fd()))
	}
	if _, _, err := conn.WriteMsgUnix([]byte{'\n'}, syscall.UnixRights(fds...), nil); err != nil {
		return err
	}
	return json.NewEncoder(conn).Encode(args)
}

// runner plays a process; *machine.Machine is one.
type runner interface {
	Run(ctx context.Context, c machine.Command) int
}

// servePrograms plays the programs that come in by a socket until it is closed.
func servePrograms(l *net.UnixListener, m runner, words *log.Logger) {
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			if err := serveProgram(conn, m); err != nil {
				words.Printf("program: %v", err)
			}
		}()
	}
}

func serveProgram(conn *net.UnixConn, m runner) error {
	streams, err := receiveStreams(conn)
	if err != nil {
		return err
	}
	for _, f := range streams {
		defer f.Close()
	}
	var args []string
	if err := json.NewDecoder(io.LimitReader(conn, 4*maxCommandLine)).Decode(&args); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, conn) // its end is the program's, by kill
		cancel()
	}()
	code := m.Run(ctx, machine.Command{
		Line:   console.CommandLine(args),
		Stdin:  streams[0],
		Stdout: streams[1],
		Stderr: streams[2],
		System: true,
	})
	_, err = io.WriteString(conn, strconv.Itoa(code))
	return err
}

// receiveStreams takes over a program's standard streams.
func receiveStreams(conn *net.UnixConn) ([]*os.File, error) {
	room := make([]byte, syscall.CmsgSpace(3*4))
	_, n, _, _, err := conn.ReadMsgUnix(make([]byte, 1), room)
	if err != nil {
		return nil, err
	}
	messages, err := syscall.ParseSocketControlMessage(room[:n])
	if err != nil {
		return nil, err
	}
	var streams []*os.File
	for _, msg := range messages {
		fds, err := syscall.ParseUnixRights(&msg)
		if err != nil {
			return nil, err
		}
		for _, fd := range fds {
			streams = append(streams, os.NewFile(uintptr(fd), "stream"))
		}
	}
	if len(streams) != 3 {
		for _, f := range streams {
			f.Close()
		}
		return nil, fmt.Errorf("%d streams arrived, want 3", len(streams))
	}
	return streams, nil
}

// listenPrograms opens the personality's door for programs.
func listenPrograms() (*net.UnixListener, error) {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: programSocket, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("programs: %w", err)
	}
	return l, nil
}
