package results

import (
	"context"
	"database/sql"
	"time"
)

// statementLimit bounds one statement. None of ours takes more than some seconds; a file
// that makes one endless is not waited for.
const statementLimit = 5 * time.Minute

// database is a connection to a store whose statements end within a limit. Those of a
// transaction, which only write, are not bounded.
type database struct {
	*sql.DB
	limit time.Duration // of a statement
}

func (d database) bounded() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d.limit)
}

// Exec runs a statement.
func (d database) Exec(stmt string, args ...any) (sql.Result, error) {
	ctx, cancel := d.bounded()
	defer cancel()
	return d.ExecContext(ctx, stmt, args...)
}

// Query asks for rows, which must be closed.
func (d database) Query(stmt string, args ...any) (*rows, error) {
	ctx, cancel := d.bounded()
	r, err := d.QueryContext(ctx, stmt, args...)
	if err != nil {
		cancel()
		return nil, err
	}
	return &rows{r, cancel}, nil
}

// QueryRow asks for one row, which must be scanned.
func (d database) QueryRow(stmt string, args ...any) row {
	ctx, cancel := d.bounded()
	return row{d.QueryRowContext(ctx, stmt, args...), cancel}
}

// rows are rows with the end of their statement's time.
type rows struct {
	*sql.Rows
	cancel context.CancelFunc
}

// Close ends the statement.
func (r *rows) Close() error {
	defer r.cancel()
	return r.Rows.Close()
}

// row is one row with the end of its statement's time.
type row struct {
	*sql.Row
	cancel context.CancelFunc
}

// Scan takes the row and ends the statement.
func (r row) Scan(to ...any) error {
	defer r.cancel()
	return r.Row.Scan(to...)
}
