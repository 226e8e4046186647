package wsman

import (
	"context"
	"strings"
)

// observe tells of a request.
func (s *Server) observe(ctx context.Context, e *envelope) {
	if s.cfg.Observe == nil || e.Body.Identify != nil {
		return
	}
	action := e.Header.Action[strings.LastIndexByte(e.Header.Action, '/')+1:]
	line := ""
	if c := e.Body.Command; c != nil {
		line = strings.Join(append([]string{c.Command}, c.Arguments...), " ")
	}
	s.cfg.Observe(ctx, strings.ToLower(action), line)
}
