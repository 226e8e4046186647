package chart

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed" // the bundles
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"modernc.org/quickjs"
)

// Spec is a Vega-Lite specification as JSON text. The builders of this package write it indented,
// with <, > and & as escapes, so that it may stand in a page as it is.
type Spec = json.RawMessage

// Limits of one chart. A forest plot of 200 rows needs a small part of each.
const (
	maxSpec   = 8 << 20   // bytes
	maxMemory = 512 << 20 // bytes, of the engine
	maxTime   = 2 * time.Minute
)

var (
	//go:embed vendor/vega.min.js.gz
	vega []byte
	//go:embed vendor/vega-lite.min.js.gz
	vegaLite []byte
	//go:embed draw.js
	drawJS string
)

// The engine is loaded with the first chart and kept: to load the bundles takes several times as long as
// to draw a chart. Whoever holds the place in the channel may use it.
var engine = make(chan *quickjs.VM, 1)

func init() { engine <- nil }

// Render draws a specification. Equal specifications give equal bytes. It fails if the specification
// does not compile, if Vega has a warning, or if the chart needs anything but shapes and text of its
// own. Charts are drawn one at a time, whoever asks.
func Render(ctx context.Context, spec Spec) ([]byte, error) {
	if len(spec) > maxSpec {
		return nil, fmt.Errorf("draw a chart: the specification has %d bytes; at most %d", len(spec), maxSpec)
	}
	var head struct{ Description string }
	if err := json.Unmarshal(spec, &head); err != nil {
		return nil, fmt.Errorf("draw a chart: the specification: %w", err)
	}
	drawn, err := draw(ctx, string(spec))
	if err != nil {
		return nil, fmt.Errorf("draw a chart: %w", err)
	}
	svg, err := seal(drawn, head.Description)
	if err != nil {
		return nil, fmt.Errorf("draw a chart: %w", err)
	}
	return svg, nil
}

// draw gives the SVG as Vega wrote it. An engine in which something failed is not used again: what was
// broken off may have left anything behind.
func draw(ctx context.Context, spec string) (svg string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime, fmt.Errorf("it took longer than %v", maxTime))
	defer cancel()
	var vm *quickjs.VM
	select {
	case vm = <-engine:
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	defer func() {
		if err != nil && vm != nil {
			err = errors.Join(err, vm.Close())
			vm = nil
		}
		engine <- vm
	}()
	if vm == nil {
		if vm, err = quickjs.NewVM(); err != nil {
			return "", err
		}
		vm.SetMemoryLimit(maxMemory)
		defer interrupted(ctx, vm)()
		if err := loadBundles(vm); err != nil {
			return "", causeOr(ctx, err)
		}
	} else {
		defer interrupted(ctx, vm)()
	}
	if _, err := vm.Call("draw", spec); err != nil {
		return "", causeOr(ctx, err)
	}
	if _, err := vm.ExecutePendingJobs(); err != nil {
		return "", causeOr(ctx, err)
	}
	r, err := vm.Call("result")
	if err != nil {
		return "", causeOr(ctx, err)
	}
	text, ok := r.(string)
	if wrong, failed := strings.CutPrefix(text, "!"); !ok || failed {
		return "", causeOr(ctx, errors.New(clean(wrong, 300)))
	}
	return text, nil
}

// causeOr says why a context ended, if it did; what the engine says then is a consequence.
func causeOr(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// interrupted ends what the engine does when ctx ends, until the function that it gives is called. An
// interrupt between two calls is lost, so it is repeated.
func interrupted(ctx context.Context, vm *quickjs.VM) (stop func()) {
	stopped, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-stopped:
			return
		case <-ctx.Done():
		}
		again := time.NewTicker(10 * time.Millisecond)
		defer again.Stop()
		for {
			vm.Interrupt()
			select {
			case <-stopped:
				return
			case <-again.C:
			}
		}
	}()
	return func() { close(stopped); <-ended }
}

func loadBundles(vm *quickjs.VM) error {
	script := []string{drawJS}
	for _, packed := range [][]byte{vega, vegaLite} {
		text, err := unpack(packed)
		if err != nil {
			return fmt.Errorf("unpack the bundles: %w", err)
		}
		script = append(script, string(text))
	}
	for _, text := range append(script, "load()") {
		v, err := vm.EvalValue(text, quickjs.EvalGlobal)
		if err != nil {
			return fmt.Errorf("load the bundles: %w", err)
		}
		v.Free()
	}
	return nil
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
