package order

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"tldsweep/internal/api"
	"tldsweep/internal/cart"
)

// Action is something that changes the account or one of its carts.
type Action string

// The acts, by the call that each is.
const (
	Open      Action = "open"      // POST /order/cart
	Assign    Action = "assign"    // POST /order/cart/{cartId}/assign
	Add       Action = "add"       // POST /order/cart/{cartId}/domain
	Remove    Action = "remove"    // DELETE /order/cart/{cartId}/item/{itemId}
	Configure Action = "configure" // POST …/item/{itemId}/configuration
	Contact   Action = "contact"   // POST /me/contact
	Seal      Action = "seal"      // PUT /order/cart/{cartId}
	Drop      Action = "drop"      // DELETE /order/cart/{cartId}
	Checkout  Action = "checkout"  // POST /order/cart/{cartId}/checkout
	Pay       Action = "pay"       // POST /me/order/{orderId}/pay, or payWithRegisteredPaymentMean
)

// Event is what a line of the journal tells.
type Event string

// The events. Every act begins with an intent; a line with the same id tells its outcome, in api.Outcome's words where
// OVHcloud answered at once. An intent without an outcome is one that the program did not survive.
const (
	Intent Event = "intent"
	Rows   Event = "rows" // of an order, as they were read: they need not be read again
	Torn   Event = "torn" // the line before was not written whole, and what it would have said was not done
)

// Entry is one line of the journal, a JSON object. Fields that say nothing are left out.
type Entry struct {
	At     time.Time `json:"at"` // of an order or a payment, by the server's clock
	ID     string    `json:"id"` // of the act, the same in its intent and its outcome
	Event  Event     `json:"event"`
	Action Action    `json:"act,omitempty"`

	Endpoint string   `json:"endpoint,omitempty"` // one name for all URLs of one server, see api.Canonical
	Account  string   `json:"account,omitempty"`
	Cart     string   `json:"cart,omitempty"`
	Item     int64    `json:"item,omitempty"`
	Domains  []string `json:"domains,omitempty"`
	Detail   string   `json:"detail,omitempty"` // the label that is configured, the means that pays, the digest of a contact
	Currency string   `json:"currency,omitempty"`
	Total    string   `json:"total,omitempty"` // with tax: of an intent what was confirmed, of an outcome what OVHcloud says
	Order    int64    `json:"order,omitempty"`
	URL      string   `json:"url,omitempty"`
	Error    string   `json:"error,omitempty"`

	Rows []OrderRow `json:"rows,omitempty"`
}

// ErrBusy says that another process is deciding about orders.
var ErrBusy = errors.New("another tldsweep is ordering or paying")

// Journal is the file of what was done, append-only and for its owner's eyes. It is not safe for concurrent use.
type Journal struct {
	path    string
	file    *os.File
	lock    *flock.Flock // nil unless exclusive
	locked  os.FileInfo  // of its file
	entries []Entry      // oldest first; of unasked acts, those of this process alone
	torn    bool         // the file ends in the middle of a line
}

// OpenJournal reads the journal at path, which need not be there. exclusive keeps out all others that want the same,
// so that what is decided on what the journal says stays true until Close; otherwise ErrBusy.
func OpenJournal(path string, exclusive bool) (_ *Journal, err error) {
	j := &Journal{path: path}
	defer func() {
		if err != nil {
			err = fmt.Errorf("journal of orders %s: %w", path, errors.Join(err, j.Close()))
		}
	}()
	if exclusive {
		lock := flock.New(path+".lock", flock.SetPermissions(0o600))
		got, err := lock.TryLock()
		if err != nil {
			return nil, err
		}
		if !got {
			return nil, ErrBusy
		}
		j.lock = lock
		if j.locked, err = os.Stat(path + ".lock"); err != nil {
			return nil, err
		}
	}
	if j.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		return nil, err
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := j.read(j.file); err != nil {
		return nil, err
	}
	return j, nil
}

// syncFolder keeps a new file's name through a loss of power, where the system can.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	_ = folder.Sync() // Windows has none
	return folder.Close()
}

// longestLine is how long a line of the journal may be, in bytes: an order of a hundred thousand domains is a tenth of it.
const longestLine = 32 << 20

// unasked are acts of which nothing is asked by later processes, ten for each domain that is ordered: what the file says of them is
// not held.
var unasked = []Action{Assign, Add, Remove, Configure}

// read takes in what the file holds, of which from reads. A last line that is cut, be it only by its end, was never followed by its request:
// what it meant did not happen. Any other line that cannot be read could hide an order, so that is an error.
func (j *Journal) read(from io.Reader) error {
	lines := bufio.NewReaderSize(from, 64<<10)
	var room []byte
	unread := 0      // number of the first line that cannot be read; what comes next may say that it was torn
	isEntry := false // the line before
	for number := 1; ; number++ {
		line, err := readLine(lines, room[:0])
		room = line
		if errors.Is(err, errLongLine) {
			return unreadable(cmp.Or(unread, number))
		}
		if err != nil && err != io.EOF {
			return err
		}
		var entry Entry
		wrong := json.Unmarshal(line, &entry)
		switch {
		case err == io.EOF:
			j.torn = len(line) > 0
			if unread > 0 {
				return unreadable(unread)
			}
			return nil
		case wrong == nil && entry.Event == Torn:
			if isEntry {
				j.entries = j.entries[:len(j.entries)-1]
			}
			unread, isEntry = 0, false
		case wrong != nil:
			unread, isEntry = cmp.Or(unread, number), false
		case unread > 0:
			return unreadable(unread)
		case slices.Contains(unasked, entry.Action):
			isEntry = false
		default:
			entry.Endpoint = api.Canonical(entry.Endpoint) // older journals have it as it was typed
			j.entries, isEntry = append(j.entries, entry), true
		}
	}
}

var errLongLine = errors.New("a line that is too long")

// readLine appends the next line to room, its end included. Where there is none, the error is io.EOF.
func readLine(from *bufio.Reader, room []byte) ([]byte, error) {
	for {
		piece, err := from.ReadSlice('\n')
		room = append(room, piece...)
		if err != bufio.ErrBufferFull {
			return room, err
		}
		if len(room) > longestLine {
			return room, errLongLine
		}
	}
}

func unreadable(line int) error {
	return fmt.Errorf("line %d cannot be read, so nobody knows what it ordered: look at your orders at OVHcloud, then move the file aside", line)
}

// Close ends the use of the file.
func (j *Journal) Close() error {
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	if j.lock != nil {
		err = errors.Join(err, j.lock.Unlock())
	}
	return err
}

// Path is the file's.
func (j *Journal) Path() string { return j.path }

// append writes lines and waits until they are on the disk.
func (j *Journal) append(entries ...Entry) error {
	var text bytes.Buffer
	if j.torn {
		text.WriteByte('\n')
		entries = slices.Insert(slices.Clone(entries), 0, Entry{At: time.Now().UTC(), Event: Torn})
	}
	encoder := json.NewEncoder(&text)
	for _, entry := range entries {
		if err := encoder.Encode(entry); err != nil {
			return err
		}
	}
	if _, err := j.file.Write(text.Bytes()); err != nil {
		j.torn = true // perhaps; one line too many about that does no harm
		return fmt.Errorf("journal of orders %s: %w", j.path, err)
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("journal of orders %s: %w", j.path, err)
	}
	j.torn = false
	j.entries = append(j.entries, slices.DeleteFunc(entries, func(e Entry) bool { return e.Event == Torn })...)
	return nil
}

// intact says whether the journal and its lock are still the files that were opened: where somebody removes or replaces
// them, what is written is lost, and others are no longer kept out.
func (j *Journal) intact() error {
	opened, err := j.file.Stat()
	if err == nil {
		err = isStill(j.path, opened)
	}
	if err == nil && j.locked != nil {
		err = isStill(j.path+".lock", j.locked)
	}
	if err != nil {
		return fmt.Errorf("journal of orders: %w", err)
	}
	return nil
}

func isStill(path string, opened os.FileInfo) error {
	now, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(now, opened) {
		return fmt.Errorf("%s was replaced while it was in use: run the same command again", path)
	}
	return nil
}

// perform does something that changes the account: first the intent is on the disk, then do asks OVHcloud, then the outcome
// is written, to which do adds what it learnt. Where the intent cannot be written, do is not called.
//
// A refusal is no proof that nothing was done: a front end that sends a request twice passes on the second answer. So where
// the call was refused, undone looks whether what was wanted is there all the same, and unless it says that nothing was done, the
// outcome is unknown. A nil undone believes the refusal, which is for what may be done twice.
func (j *Journal) perform(intent Entry, do func(outcome *Entry) (api.Receipt, error), undone func() bool) (api.Outcome, error) {
	if intent.At.IsZero() {
		intent.At = time.Now().UTC()
	}
	intent.ID, intent.Event = rand.Text(), Intent
	err := j.append(intent)
	if err == nil {
		err = j.intact()
	}
	if err != nil {
		return api.NotDone, err
	}
	outcome := Entry{ID: intent.ID, Action: intent.Action}
	receipt, err := do(&outcome)
	result := api.OutcomeOf(receipt, err)
	if result == api.NotDone && receipt.Attempts > 0 && undone != nil && !undone() {
		result = api.Unknown
	}
	outcome.At, outcome.Event = time.Now().UTC(), Event(result)
	if err != nil {
		outcome.Error = err.Error()
	}
	return result, errors.Join(err, j.append(outcome))
}

// conclude writes what became of an act after all.
func (j *Journal) conclude(intent Entry, result api.Outcome, outcome Entry) error {
	outcome.At, outcome.ID, outcome.Action, outcome.Event = time.Now().UTC(), intent.ID, intent.Action, Event(result)
	return j.append(outcome)
}

// record is an act as the journal knows it: the intent, and the last thing that was said of it.
type record struct {
	Entry
	last Entry // its Event is empty where the program did not survive
}

func (r record) outcome() api.Outcome {
	if r.last.Event == "" {
		return api.Unknown
	}
	return api.Outcome(r.last.Event)
}

// records are all acts of some kind, oldest first.
func (j *Journal) records(acts ...Action) []record {
	var records []record
	at := map[string]int{}
	for _, entry := range j.entries {
		if entry.Event == Intent {
			if slices.Contains(acts, entry.Action) {
				at[entry.ID] = len(records)
				records = append(records, record{Entry: entry})
			}
		} else if i, ok := at[entry.ID]; ok {
			records[i].last = entry
		}
	}
	return records
}

// rows are those of an order as they were read last; nil where they were not.
func (j *Journal) rows(endpoint string, order int64) (rows []OrderRow) {
	for _, entry := range j.entries {
		if entry.Event == Rows && entry.Order == order && entry.Endpoint == endpoint {
			rows = entry.Rows
		}
	}
	return rows
}

// noteRows keeps the rows of an order.
func (j *Journal) noteRows(endpoint, account string, order int64, rows []OrderRow) error {
	if slices.Equal(j.rows(endpoint, order), rows) {
		return nil
	}
	return j.append(Entry{At: time.Now().UTC(), ID: rand.Text(), Event: Rows, Endpoint: endpoint, Account: account, Order: order, Rows: rows})
}

// Placed is an order that the journal knows of.
type Placed struct {
	At        time.Time // of the intent
	Endpoint  string
	Account   string
	Cart      string
	Domains   []string
	Currency  string
	Confirmed string // the total with tax that was confirmed
	Total     string // the total with tax of the order; empty where the outcome is unknown
	Order     int64  // 0 where the outcome is unknown
	URL       string // opens and pays the order: for the buyer alone

	Status cart.OrderStatus // as it was seen last; empty: it was not asked
}

// Placed lists every order, and every attempt at one whose outcome is unknown, oldest first.
func (j *Journal) Placed() []Placed {
	var placed []Placed
	for _, d := range j.records(Checkout) {
		if d.outcome() == api.NotDone {
			continue
		}
		placed = append(placed, Placed{
			At: d.At, Endpoint: d.Endpoint, Account: d.Account, Cart: d.Cart, Domains: d.Domains, Currency: d.Currency,
			Confirmed: d.Total, Total: d.last.Total, Order: d.last.Order, URL: d.last.URL,
		})
	}
	return placed
}
