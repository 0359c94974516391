// `dcat top`: the node, live, on a terminal. ncurses draws what cli/top_view.h says; a thread of its own asks the
// daemon once a period, so that keys never wait for it.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <clocale>
#include <condition_variable>
#include <cstdlib>
#include <cwchar>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "cli/commands.h"
#include "cli/stop.h"
#include "cli/terminal.h"
#include "cli/terminal_text.h"
#include "cli/top_view.h"
#include "hooks/ask.h"

// Its macros come last.
#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <term.h>
#undef lines
#undef columns

namespace dcat::cli {

namespace {

using std::chrono::milliseconds;

constexpr Duration kPatience = std::chrono::seconds(2);
constexpr int kKeyPatienceMs = 100;  // how soon what has come is drawn
constexpr auto kOftenest = milliseconds(200);
constexpr auto kSeldomest = milliseconds(10'000);

// Asks the daemon for its status once a period.
class Poller {
 public:
  explicit Poller(std::string socket) : socket_(std::move(socket)), thread_([this] { run(); }) {}
  ~Poller() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // What has come since the last call.
  std::optional<Result<StatusView>> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(news_, std::nullopt);
  }

 private:
  void run() {
    auto every = milliseconds(1000);
    std::unique_lock lock(mutex_);
    while (!stop_) {
      lock.unlock();
      Result<std::string> answer = ask_daemon(socket_, AskStatus{}, kPatience);
      Result<StatusView> status = answer ? parse_status(*answer) : Result<StatusView>(answer.error());
      if (status) every = std::clamp(milliseconds(status->interval_ms), kOftenest, kSeldomest);
      lock.lock();
      news_ = std::move(status);
      wake_.wait_for(lock, every, [this] { return stop_; });
    }
  }

  std::string socket_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::optional<Result<StatusView>> news_;
  std::thread thread_;  // last: it uses the others
};

// The terminal, from here to its end.
class Screen {
 public:
  static Result<SCREEN*> open() {
    const char* const term = std::getenv("TERM");
    const std::string name = term == nullptr ? "" : printable(term);
    const auto cannot = [&](const std::string& why) {
      return Error{ErrorCode::bad_input, "top", why, "set TERM to what the terminal is, or use `dcat status`"};
    };
    if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1)
      return Error{ErrorCode::bad_input, "top", "it needs a terminal, for its input and output",
                   "use `dcat status` in pipes and files"};
    int known = 0;
    if (name.empty() || setupterm(term, STDOUT_FILENO, &known) != OK)
      return cannot(name.empty() ? "TERM is not set" : "no terminal of the kind " + name + " is known here");
    if (cursor_address == nullptr || clear_screen == nullptr)
      return cannot("a terminal of the kind " + name + " cannot place its cursor");
    SCREEN* const screen = newterm(nullptr, stdout, stdin);
    if (screen == nullptr) return cannot("ncurses cannot use the terminal");
    return screen;
  }
  explicit Screen(SCREEN* screen) : screen_(screen), utf8_(locale_takes_utf8()) {
    cbreak();
    noecho();
    keypad(stdscr, TRUE);
    set_escdelay(50);
    curs_set(0);
    timeout(kKeyPatienceMs);
    if (std::getenv("NO_COLOR") == nullptr && has_colors()) begin_colours();
  }
  ~Screen() {
    endwin();
    delscreen(screen_);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  void draw(const TopState& state) const {
    erase();
    int row = 0;
    for (const TopLine& line : draw_top(state, LINES, COLS)) {
      const attr_t attributes = attributes_of(line.style);
      attrset(static_cast<int>(attributes));
      std::string text = utf8_ ? line.text : ascii_only(line.text);
      // A selected line is one over its whole width.
      if (line.style == TopStyle::selected || line.style == TopStyle::head) text = fit(text, COLS);
      mvaddstr(row++, 0, text.c_str());
    }
    attrset(0);
    refresh();
  }

 private:
  void begin_colours() {
    start_color();
    use_default_colors();
    colours_ = true;
    init_pair(1, COLOR_RED, -1);
    init_pair(2, COLOR_GREEN, -1);
    init_pair(3, COLOR_CYAN, -1);
    init_pair(4, COLOR_MAGENTA, -1);
  }
  attr_t attributes_of(TopStyle style) const {
    const auto colour = [this](short pair) { return colours_ ? static_cast<attr_t>(COLOR_PAIR(pair)) : attr_t{0}; };
    switch (style) {
      case TopStyle::plain: return 0;
      case TopStyle::title: return A_BOLD;
      case TopStyle::head:
      case TopStyle::selected: return A_REVERSE;
      case TopStyle::warning: return A_BOLD | colour(1);
      case TopStyle::faint: return A_DIM;
      case TopStyle::reclaim: return colour(1);
      case TopStyle::receiver: return colour(2);
      case TopStyle::donor: return colour(3);
      case TopStyle::streaming: return colour(4);
    }
    return 0;
  }

  SCREEN* screen_;
  bool utf8_;
  bool colours_ = false;
};

std::string utf8_of(wint_t sign) {
  const auto c = static_cast<std::uint32_t>(sign);
  std::string text;
  if (c < 0x80) return std::string(1, static_cast<char>(c));
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
  if (c < 0x800) {
    text += static_cast<char>(0xc0 | (c >> 6));
  } else if (c < 0x10000) {
    text += static_cast<char>(0xe0 | (c >> 12));
    tail(6);
  } else {
    text += static_cast<char>(0xf0 | (c >> 18));
    tail(12), tail(6);
  }
  tail(0);
  return text;
}

void press_sign(TopState& state, wint_t sign) {
  constexpr wint_t kEscape = 27, kDelete = 127, kControlH = 8;
  if (sign == kEscape) return press(state, TopKey::escape, "", LINES);
  if (sign == '\n' || sign == '\r') return press(state, TopKey::enter, "", LINES);
  if (sign == kDelete || sign == kControlH) return press(state, TopKey::backspace, "", LINES);
  press(state, TopKey::text, utf8_of(sign), LINES);
}

void press_key(TopState& state, wint_t key) {
  switch (key) {
    case KEY_UP: return press(state, TopKey::up, "", LINES);
    case KEY_DOWN: return press(state, TopKey::down, "", LINES);
    case KEY_PPAGE: return press(state, TopKey::page_up, "", LINES);
    case KEY_NPAGE: return press(state, TopKey::page_down, "", LINES);
    case KEY_HOME: return press(state, TopKey::home, "", LINES);
    case KEY_END: return press(state, TopKey::end, "", LINES);
    case KEY_ENTER: return press(state, TopKey::enter, "", LINES);
    case KEY_BACKSPACE: return press(state, TopKey::backspace, "", LINES);
    default: return;  // KEY_RESIZE among them: what follows is drawn in the new size
  }
}

}  // namespace

int top_command(const TopArguments& a) {
  std::setlocale(LC_ALL, "");
  const Result<SCREEN*> opened = Screen::open();
  if (!opened) return report(opened.error());
  const Screen screen(*opened);
  const std::atomic<bool>& stop = stop_on_signals();
  Poller poller(a.socket.empty() ? default_socket() : a.socket);
  TopState state;
  while (!state.quit && !stop) {
    if (std::optional<Result<StatusView>> news = poller.take()) {
      if (*news)
        take_status(state, **std::move(news));
      else
        take_trouble(state, news->error().to_string());
    }
    screen.draw(state);
    wint_t sign = 0;
    const int got = get_wch(&sign);
    if (got == OK) press_sign(state, sign);
    if (got == KEY_CODE_YES) press_key(state, sign);
    // The terminal went away: it would be asked again and again.
    if (got == ERR && isatty(STDIN_FILENO) != 1) break;
  }
  return 0;
}

}  // namespace dcat::cli
