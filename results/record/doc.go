// Package record holds the facts that cross borders: what a campaign asks for, what
// bench finds out, what results keeps and report reads. It is a leaf.
package record
