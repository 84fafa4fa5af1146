package main

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ovh/go-ovh/ovh"

	"tldsweep/internal/emulator"
)

// missingError is a program that is not installed, without which there is nothing to compare with.
type missingError struct{ what, how string }

func (e *missingError) Error() string { return e.what + " is missing: " + e.how }

// lookPath finds a program, also where users do not look.
func lookPath(name string) (string, *missingError) {
	if path, err := exec.LookPath(name); err == nil {
		return path, nil
	}
	path := filepath.Join("/usr/sbin", name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if name == "massdns" {
		return "", &missingError{name, "make it from github.com/blechschmidt/massdns"}
	}
	return "", &missingError{name, "apt-get install " + name}
}

// newCart opens a cart as go-ovh's users do.
func newCart(client *ovh.Client) (id string, err error) {
	var cart struct {
		CartID string `json:"cartId"`
	}
	err = client.Post("/order/cart", map[string]string{"ovhSubsidiary": "FR"}, &cart)
	return cart.CartID, err
}

// domains are as many as are wanted, one after the other.
func domains(n int) []string {
	extensions := strings.Split(ten, ",")
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("name%d.%s", i/len(extensions), extensions[i%len(extensions)])
	}
	return list
}

// sequential is the process of what people write first: one client, one request after the other, go-ovh's Get in a loop.
//
//	sequential ADDRESS LOOKUPS 1
func sequential() error {
	client, cart, n, _, err := arguments()
	if err != nil {
		return err
	}
	for _, domain := range domains(n) {
		var offers wanted
		if err := client.Get("/order/cart/"+cart+"/domain?domain="+domain, &offers); err != nil {
			return err
		}
	}
	return nil
}

// fanOut is the process of what people write next: goroutines that share one client and the transport it comes with.
//
//	fan-out ADDRESS LOOKUPS WORKERS
func fanOut() error {
	client, cart, n, workers, err := arguments()
	if err != nil {
		return err
	}
	next := make(chan string)
	failed := make(chan error, workers)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for domain := range next {
				var offers wanted
				if err := client.Get("/order/cart/"+cart+"/domain?domain="+domain, &offers); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	for _, domain := range domains(n) {
		select {
		case next <- domain:
		case err := <-failed:
			return err
		}
	}
	close(next)
	group.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

func arguments() (client *ovh.Client, cart string, n, workers int, err error) {
	if len(os.Args) < 5 {
		return nil, "", 0, 0, errors.New("want an address, a number of lookups, and one of workers")
	}
	if n, err = strconv.Atoi(os.Args[3]); err != nil {
		return nil, "", 0, 0, err
	}
	if workers, err = strconv.Atoi(os.Args[4]); err != nil {
		return nil, "", 0, 0, err
	}
	if client, err = newClient(os.Args[2]); err != nil {
		return nil, "", 0, 0, err
	}
	cart, err = newCart(client)
	return client, cart, n, workers, err
}

// opponent runs one of ours against a server.
func opponent(word, address string, n, workers int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	command := exec.Command(self, word, address, strconv.Itoa(n), strconv.Itoa(workers))
	command.Stderr = os.Stderr
	_, err = measure(command) // as ours is, so that both are looked at as often
	return err
}

// load lets wrk ask for some seconds through as many connections: requests signed beforehand, answers not looked at.
func (b *bench) load(address string, connections int, seconds int) error {
	wrk, missing := lookPath("wrk")
	if missing != nil {
		return missing
	}
	client, err := newClient(address)
	if err != nil {
		return err
	}
	cart, err := newCart(client)
	if err != nil {
		return err
	}
	where, err := url.Parse(address)
	if err != nil {
		return err
	}
	var script strings.Builder
	script.WriteString("local signed = {\n")
	now := strconv.FormatInt(time.Now().Unix(), 10)
	for _, domain := range domains(2000) {
		path := where.Path + "/order/cart/" + cart + "/domain?domain=" + domain
		sum := sha1.Sum([]byte(strings.Join([]string{emulator.DefaultApplicationSecret, emulator.DefaultConsumerKey,
			"GET", where.Scheme + "://" + where.Host + path, "", now}, "+")))
		fmt.Fprintf(&script, "{%q, %q},\n", path, "$1$"+hex.EncodeToString(sum[:]))
	}
	fmt.Fprintf(&script, `}
local requests, next = {}, 0
function init()
	for i, request in ipairs(signed) do
		requests[i] = wrk.format("GET", request[1], {
			["X-Ovh-Application"] = %q, ["X-Ovh-Consumer"] = %q, ["X-Ovh-Timestamp"] = %q, ["X-Ovh-Signature"] = request[2]
		})
	end
end
function request()
	next = next %% #requests + 1
	return requests[next]
end
`, emulator.DefaultApplicationKey, emulator.DefaultConsumerKey, now)
	path := filepath.Join(b.folder, "requests.lua")
	if err := os.WriteFile(path, []byte(script.String()), 0o600); err != nil {
		return err
	}
	output, err := exec.Command(wrk, "-t1", fmt.Sprint("-c", connections), fmt.Sprintf("-d%ds", seconds), "-s", path, where.Scheme+"://"+where.Host).CombinedOutput()
	if err != nil {
		return fmt.Errorf("wrk: %w: %s", err, output)
	}
	if wrong := regexp.MustCompile(`Non-2xx.*`).Find(output); wrong != nil {
		return fmt.Errorf("wrk was refused: %s", wrong)
	}
	return nil
}
