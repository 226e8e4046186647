// Command meter is this project's own measuring tool as a program of its own: vnettune puts it
// into a Windows guest as meter.exe, runs it there, and removes it.
//
//	meter serve --config FILE   the server; FILE, which has the token, is removed when it was read.
//	                            Why it failed goes to a file of that name and the ending .log
//	meter serve                 the same, configured by one line of JSON on standard input; it ends
//	                            when standard input does, which is when its starter is gone
//	meter run                   the client: one line of JSON {"target": {...}, "params": {...}} on
//	                            standard input; writes the document of the run
//	meter version
//
// It exits with 0, with 1 when it failed, with 2 when it was told nonsense.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"vnettune/bench/meter"
)

// maxInput is the most bytes of a configuration or request.
const maxInput = 16 << 10

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	failed := func(code int, err error) int {
		fmt.Fprintln(stderr, "meter:", err)
		return code
	}
	switch {
	case len(args) == 1 && args[0] == "version":
		fmt.Fprintln(stdout, "vnettune meter", meter.Version)
		return 0
	case len(args) == 1 && args[0] == "run":
		return measure(ctx, stdin, stdout, failed)
	case len(args) == 1 && args[0] == "serve":
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		in := bufio.NewReaderSize(stdin, maxInput)
		line, err := in.ReadSlice('\n')
		if err != nil {
			return failed(2, fmt.Errorf("standard input: no line with the configuration: %w", err))
		}
		c, err := config(line)
		if err != nil {
			return failed(2, err)
		}
		go func() {
			_, _ = io.Copy(io.Discard, in) // whatever ends it, the starter is gone
			cancel()
		}()
		return serve(ctx, c, "", stdout, failed)
	case len(args) == 3 && args[0] == "serve" && args[1] == "--config":
		text, err := readAway(args[2])
		if err != nil {
			return failed(2, err)
		}
		c, err := config(text)
		if err != nil {
			return failed(2, err)
		}
		return serve(ctx, c, strings.TrimSuffix(args[2], filepath.Ext(args[2]))+".log", stdout, failed)
	}
	return failed(2, errors.New("usage: meter serve [--config FILE] | run | version"))
}

// readAway reads the file and removes it: a token is in it.
func readAway(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxInput))
	return text, errors.Join(err, f.Close(), os.Remove(path))
}

func config(text []byte) (c meter.Config, err error) {
	if err := json.Unmarshal(text, &c); err != nil {
		return c, fmt.Errorf("the configuration: %w", err)
	}
	return c, nil
}

// serve says on standard output that it listens, and in the log, where there is one, why it
// ended with an error.
func serve(ctx context.Context, c meter.Config, log string, stdout io.Writer, failed func(int, error) int) int {
	s, err := meter.Listen(c)
	if err == nil {
		fmt.Fprintf(stdout, "{\"port\":%d}\n", s.Port()) // where nobody reads, nobody has to know
		err = s.Serve(ctx)
	}
	switch {
	case err == nil || errors.Is(err, meter.ErrIdle) || errors.Is(err, meter.ErrLimit):
		return 0
	case log != "":
		_ = os.WriteFile(log, []byte("meter: "+err.Error()+"\n"), 0o600) // the exit code says it as well
	}
	return failed(1, err)
}

// measure is the client.
func measure(ctx context.Context, stdin io.Reader, stdout io.Writer, failed func(int, error) int) int {
	var in struct {
		Target meter.Target `json:"target"`
		Params meter.Params `json:"params"`
	}
	if err := json.NewDecoder(io.LimitReader(stdin, maxInput)).Decode(&in); err != nil {
		return failed(2, fmt.Errorf("standard input: %w", err))
	}
	d := meter.Client{}.Run(ctx, in.Target, in.Params)
	if err := json.NewEncoder(stdout).Encode(d); err != nil {
		return failed(1, err)
	}
	if d.Failed != nil {
		return failed(1, d.Failed)
	}
	return 0
}
