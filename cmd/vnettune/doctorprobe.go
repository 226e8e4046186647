package main

import "context"

func (d *doctor) writeProbes(ctx context.Context, path string) error { return nil }
