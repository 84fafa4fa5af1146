package emulator_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tldsweep/internal/emulator"
)

// direct calls a server without a connection, so that a test's time is virtual.
type direct struct {
	t      *testing.T
	server *emulator.Server
}

func (d direct) call(method, path, body string) any {
	d.t.Helper()
	status, answer := d.answer(method, path, body)
	if status != 200 {
		d.t.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}

func (d direct) answer(method, path, body string) (int, any) {
	request := httptest.NewRequest(method, "/1.0"+path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+emulator.DefaultAccessToken)
	recorder := httptest.NewRecorder()
	d.server.ServeHTTP(recorder, request)
	return recorder.Code, decoded(recorder.Body.Bytes())
}

// buy orders a domain and returns the order's path.
func (d direct) buy(domain string, autopay bool) string {
	d.t.Helper()
	cart := "/order/cart/" + d.call("POST", "/order/cart", `{"ovhSubsidiary":"FR"}`).(object)["cartId"].(string)
	d.call("POST", cart+"/assign", "")
	item := id(d.call("POST", cart+"/domain", `{"domain":"`+domain+`"}`).(object)["itemId"])
	d.call("POST", cart+"/item/"+item+"/configuration", `{"label":"OWNER_LEGAL_AGE","value":"true"}`)
	placed := d.call("POST", cart+"/checkout", fmt.Sprintf(`{"autoPayWithPreferredPaymentMethod":%t}`, autopay)).(object)
	return "/me/order/" + id(placed["orderId"])
}

func TestTimeMovesAnOrder(t *testing.T) {
	const real = 1
	for name, test := range map[string]struct {
		life emulator.Life
		want map[time.Duration]string // status by the time since it was paid
	}{
		"real": {emulator.Life{Speed: real}, map[time.Duration]string{
			0: "checking", 4 * time.Minute: "checking", 4*time.Minute + 10*time.Second: "delivering", 5 * time.Minute: "delivered",
		}},
		"sped up": {emulator.Life{Speed: 60}, map[time.Duration]string{
			0: "checking", 4 * time.Second: "checking", 4200 * time.Millisecond: "delivering", 5 * time.Second: "delivered",
		}},
		"documents": {emulator.Life{Speed: 60, Documents: true}, map[time.Duration]string{
			4 * time.Second: "checking", 5 * time.Second: "documentsRequested", 64 * time.Second: "documentsRequested", 65 * time.Second: "delivered",
		}},
		"cancelled": {emulator.Life{Speed: 60, Cancelled: true}, map[time.Duration]string{
			4 * time.Second: "checking", 5 * time.Second: "cancelling", 6 * time.Second: "cancelled",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for after, want := range test.want {
				synctest.Test(t, func(t *testing.T) {
					options := steady(emulator.Like{})
					options.Life = test.life
					d := direct{t, emulator.New(options)}
					order := d.buy("x.fr", true)
					time.Sleep(after)
					for range 3 { // looks do not move it
						if got := d.call("GET", order+"/status", ""); got != want {
							t.Errorf("after %v it is %v, not %s", after, got, want)
						}
					}
				})
			}
		})
	}
}

func TestAnOrderLivesByLooks(t *testing.T) {
	for name, test := range map[string]struct {
		life emulator.Life
		want string
	}{
		"delivered": {emulator.Life{}, "checking delivering delivered delivered delivered"},
		"documents": {emulator.Life{Documents: true}, "checking documentsRequested delivering delivered delivered"},
		"cancelled": {emulator.Life{Cancelled: true}, "checking cancelling cancelled cancelled cancelled"},
		"both":      {emulator.Life{Cancelled: true, Documents: true}, "checking documentsRequested cancelling cancelled cancelled"},
	} {
		t.Run(name, func(t *testing.T) {
			options := steady(emulator.Like{})
			options.Life = test.life
			d := direct{t, emulator.New(options)}
			order := d.buy("x.fr", true)
			var got []string
			for range 5 {
				got = append(got, d.call("GET", order+"/status", "").(string))
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("%v", got)
			}
		})
	}
}

// What is not paid reserves nothing, and what is cancelled is free again.
func TestWhatAnOrderReserves(t *testing.T) {
	free := func(d direct) bool {
		cart := "/order/cart/" + d.call("POST", "/order/cart", `{"ovhSubsidiary":"FR"}`).(object)["cartId"].(string)
		return len(d.call("GET", cart+"/domain?domain=x.fr", "").([]any)) > 0
	}
	options := steady(emulator.Like{})
	d := direct{t, emulator.New(options)}
	order := d.buy("x.fr", false)
	if d.call("GET", order+"/status", "") != "notPaid" || !free(d) {
		t.Error("an order that is not paid has reserved a name")
	}
	d.call("POST", order+"/pay", `{"paymentMethod":{"id":7654321}}`)
	if free(d) {
		t.Error("a name that is paid is still free")
	}

	options.Life.Cancelled = true
	d = direct{t, emulator.New(options)}
	order = d.buy("x.fr", true)
	if free(d) {
		t.Error("a name that is paid is still free")
	}
	for d.call("GET", order+"/status", "") != "cancelled" {
	}
	if !free(d) {
		t.Error("the name of a cancelled order is not free")
	}
	for _, detail := range d.call("GET", order+"/details", "").([]any) {
		if row := d.call("GET", order+"/details/"+id(detail), "").(object); row["cancelled"] != true {
			t.Errorf("%v", row)
		}
	}
}

// The account has a domain from its delivery on, and keeps none of a cancelled order.
func TestWhatTheAccountHolds(t *testing.T) {
	for name, test := range map[string]struct {
		life emulator.Life
		want string // the domain's state after each look at the order's status
	}{
		"delivered": {emulator.Life{}, "404 404 pending_create ok ok"},
		"documents": {emulator.Life{Documents: true}, "404 404 404 pending_create ok"},
		"cancelled": {emulator.Life{Cancelled: true}, "404 404 404 404 404"},
	} {
		t.Run(name, func(t *testing.T) {
			options := steady(emulator.Like{})
			options.Life = test.life
			d := direct{t, emulator.New(options)}
			order := d.buy("x.fr", true)
			var got []string
			for range 5 {
				status, body := d.answer("GET", "/domain/x.fr", "")
				state, _ := body.(object)["state"].(string)
				if status != 200 {
					state = fmt.Sprint(status)
				}
				got = append(got, state)
				if listed := len(d.call("GET", "/domain", "").([]any)) == 1; listed != (status == 200) {
					t.Errorf("it is %d, and listed is %v", status, listed)
				}
				d.call("GET", order+"/status", "")
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestTheFollowUpIsTheOneOnRecord(t *testing.T) {
	follow := func(change func(*emulator.Options), looks int) any {
		options := steady(emulator.Like{})
		change(&options)
		d := direct{t, emulator.New(options)}
		order := d.buy("x.fr", true)
		for range looks {
			d.call("GET", order+"/status", "")
		}
		return d.call("GET", order+"/followUp", "")
	}
	steps := func(followUp any) string { return columns(without(followUp, "date"), "step", "status", "history") }
	recorded := fixture(t, "follow-up")
	delivering := follow(func(*emulator.Options) {}, 2)
	if got, want := steps(delivering), steps(recorded); got != want {
		t.Errorf("\n%s\nnot\n%s", got, want)
	}
	naive := follow(func(o *emulator.Options) { o.Like.FollowUp = "naive" }, 2)
	date := naive.([]any)[0].(object)["history"].([]any)[0].(object)["date"].(string)
	if _, err := time.Parse(time.DateTime, date); err != nil {
		t.Error(err)
	}
	for looks, want := range []string{"DOING TODO TODO TODO", "DOING TODO TODO TODO", "DONE DONE DOING TODO", "DONE DONE DONE DONE"} {
		if got := strings.ReplaceAll(columns(follow(func(*emulator.Options) {}, looks), "status"), "\n", " "); got != want {
			t.Errorf("after %d looks: %s", looks, got)
		}
	}
	if got := columns(follow(func(o *emulator.Options) { o.Life.Cancelled = true }, 2), "status"); !strings.HasPrefix(got, "ERROR") {
		t.Error(got)
	}
	// On record is also an order that was delivered, whose follow-up says nothing of it.
	todo := follow(func(o *emulator.Options) { o.Like.FollowUp = "todo" }, 3)
	if got, want := fmt.Sprint(todo), fmt.Sprint(fixture(t, "follow-up-todo")); got != want {
		t.Errorf("%s, not %s", got, want)
	}
	s := newShop(t, steady(emulator.Like{FollowUp: "none"}))
	s.refused("GET", s.buy("FR", "x.fr")+"/followUp", nil, "does not exist")
}

func TestOrdersAreListedByDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := direct{t, emulator.New(steady(emulator.Like{}))}
		time.Sleep(123456 * time.Microsecond)
		first := d.buy("x.fr", true)
		time.Sleep(time.Hour)
		second := d.buy("y.fr", true)
		_, number, _ := strings.Cut(second, "/me/order/")
		for query, want := range map[string]int{
			"": 2, "?date.from=2000-01-01T00:30:00Z": 1, "?date.to=2000-01-01T00:30:00%2B00:00": 1,
			"?date.from=2000-01-01T00:00:00Z&date.to=2000-01-01T02:00:00Z": 2, "?date.from=2000-01-02T00:00:00Z": 0,
		} {
			ids := d.call("GET", "/me/order"+query, "").([]any)
			if len(ids) != want || strings.HasPrefix(query, "?date.from=2000-01-01T00:3") && id(ids[0]) != number {
				t.Errorf("%s: %v", query, ids)
			}
		}
		order := d.call("GET", first, "").(object)
		if got := order["date"]; got != "2000-01-01T00:00:00.123456+00:00" {
			t.Errorf("its date is %v", got)
		}
		if order["expirationDate"] == nil || order["retractionDate"] != nil || order["metadatas"] != nil {
			t.Errorf("%v", order)
		}
		url, password := order["url"].(string), order["password"].(string)
		if other := d.call("GET", second, "").(object)["password"]; other == password || !strings.HasSuffix(url, "="+password) {
			t.Errorf("%s %s, and of another %v", url, password, other)
		}
	})
	s := newShop(t, steady(emulator.Like{}))
	s.refused("GET", "/me/order?date.from=yesterday", nil, "Parameter date.from isn't formatted correctly")
}
