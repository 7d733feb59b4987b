// The module has the shape of the emitted C++ (emit_cpp.cpp):
//
//   rdd_<name>      walks the rows; for each fills a table of pointers, one to every row that bodies read or write, and
//   calls
//                   the function of the row's kind
//   row.<kind>      one row: its ends cell by cell, the cells between them in vectors
//   cell.<place>    one cell
//
// Pointers of the table are those of the first cells. An interleaved row (runtime/solve/kernel.hpp) is all vectors,
// those with cells beside a wall too: these cells are computed again by themselves. Then the row is closed.
//
// Most of the time of compilation goes into generating code, so its amount is what matters: only the loop over the
// inner cells of a row is worth it. The single cells are compiled without optimisation, and the last vector of a row
// overlaps the one before (the same values are stored twice) in place of a loop over the remaining cells.
#include "compiler/kernels/emit_llvm.hpp"

#include <llvm/IR/IRBuilder.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "runtime/expects.hpp"
#include "runtime/solve/kernel.hpp"

namespace rdd {
namespace {

using namespace ir;
using llvm::BasicBlock;
using llvm::Function;
using llvm::Type;
using llvm::Value;

std::size_t index(int i) {
  return static_cast<std::size_t>(i);
}

bool near_wall(Zone zone) {
  return zone != Zone::any && zone != Zone::middle;
}

class Emitter {
 public:
  Emitter(const KernelIr& kernel, llvm::LLVMContext& context, const LlvmOptions& options)
      : kernel_(kernel),
        options_(options),
        module_(std::make_unique<llvm::Module>("rdd_" + kernel.name, context)),
        b_(context),
        real_(b_.getDoubleTy()),
        integer_(b_.getInt64Ty()),
        pointer_(b_.getPtrTy()) {
    llvm::FastMathFlags flags;
    flags.setAllowContract(options.contract);
    b_.setFastMathFlags(flags);
  }

  std::unique_ptr<llvm::Module> take() {
    const std::vector<RowKind> kinds = row_kinds(kernel_);
    number_rows(kinds);
    std::vector<Function*> functions;
    for (const RowKind& kind : kinds) functions.push_back(row_function(kind));
    exported_function(kinds, functions);
    return std::move(module_);
  }

 private:
  // --- what every function shares

  /// Parameters of rdd_<name> (runtime/solve/kernel.hpp), and of row and cell functions.
  enum KernelParameter : unsigned { in_p, out_p, scalars_p, layout_p, first_p, last_p };
  enum RowParameter : unsigned { table_p, row_scalars_p, row_y_p, row_z_p, length_p, stride_p };
  enum CellParameter : unsigned { /* table_p, row_scalars_p, row_y_p, row_z_p, */ number_p = 4, first_place_p };

  Function* new_function(const std::string& name, std::vector<Type*> parameters, bool internal) {
    auto* type = llvm::FunctionType::get(b_.getVoidTy(), parameters, false);
    const auto linkage = internal ? Function::InternalLinkage : Function::ExternalLinkage;
    Function* function = Function::Create(type, linkage, name, module_.get());
    function->addFnAttr(llvm::Attribute::NoUnwind);
    b_.SetInsertPoint(BasicBlock::Create(module_->getContext(), "entry", function));
    return function;
  }

  Value* number64(long value) { return b_.getInt64(static_cast<std::uint64_t>(value)); }

  /// The i-th long of a struct or array of longs.
  Value* integer_at(Value* base, std::size_t i) {
    return b_.CreateLoad(integer_, b_.CreateConstInBoundsGEP1_64(integer_, base, i));
  }
  Value* layout_n(Value* layout, std::size_t axis) { return integer_at(layout, axis); }
  Value* layout_stride(Value* layout, std::size_t which) { return integer_at(layout, 3 + which); }  // y, z, component
  static_assert(sizeof(KernelLayout) == 7 * sizeof(long) && sizeof(long) == 8);

  Value* real_at(Value* base, Value* i) { return b_.CreateGEP(real_, base, i); }
  Value* real_at(Value* base, long i) {
    return i == 0 ? base : b_.CreateConstGEP1_64(real_, base, static_cast<std::uint64_t>(i));
  }
  Value* all_lanes(Value* one, unsigned lanes) { return lanes == 1 ? one : b_.CreateVectorSplat(lanes, one); }
  Value* real(Value* integer) { return b_.CreateSIToFP(integer, real_); }

  /// From one cell to the next along x, doubles.
  long step() const { return options_.interleave ? ways : 1; }
  /// Where the cell x of a row of n stands, from the first one on.
  Value* place(Value* x, Value* n) {
    if (!options_.interleave) return x;
    Value* piece = b_.CreateSDiv(n, number64(ways));
    return b_.CreateAdd(b_.CreateMul(b_.CreateSRem(x, piece), number64(ways)), b_.CreateSDiv(x, piece));
  }

  // --- functions and conditions

  /// Of lanes or of one number. What a processor has no instruction for is called lane by lane, from the C library: the
  /// emitted C++ calls the same.
  Value* function(expr::Operation operation, const std::vector<Value*>& x, Type* type) {
    using expr::Operation;
    const auto truth = [&](Value* bit) {
      return b_.CreateSelect(bit, llvm::ConstantFP::get(type, 1.0), llvm::ConstantFP::get(type, 0.0));
    };
    Value* zero = llvm::ConstantFP::get(type, 0.0);
    switch (operation) {
      case Operation::negate:
        return b_.CreateFNeg(x[0]);
      case Operation::sqrt:
        return b_.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, x[0]);
      case Operation::abs:
        return b_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x[0]);
      case Operation::sign:
        return b_.CreateSelect(b_.CreateFCmpOGT(x[0], zero), llvm::ConstantFP::get(type, 1.0),
                               b_.CreateSelect(b_.CreateFCmpOLT(x[0], zero), llvm::ConstantFP::get(type, -1.0), x[0]));
      case Operation::minimum:  // the other operand where one is not a number, as std::fmin
        return b_.CreateSelect(b_.CreateFCmpULT(x[0], x[1]), b_.CreateSelect(b_.CreateFCmpUNO(x[0], x[0]), x[1], x[0]),
                               b_.CreateSelect(b_.CreateFCmpUNO(x[1], x[1]), x[0], x[1]));
      case Operation::maximum:
        return b_.CreateSelect(b_.CreateFCmpUGT(x[0], x[1]), b_.CreateSelect(b_.CreateFCmpUNO(x[0], x[0]), x[1], x[0]),
                               b_.CreateSelect(b_.CreateFCmpUNO(x[1], x[1]), x[0], x[1]));
      case Operation::less:
        return truth(b_.CreateFCmpOLT(x[0], x[1]));
      case Operation::less_equal:
        return truth(b_.CreateFCmpOLE(x[0], x[1]));
      case Operation::equal:
        return truth(b_.CreateFCmpOEQ(x[0], x[1]));
      case Operation::where:
        return b_.CreateSelect(b_.CreateFCmpUNE(x[0], zero), x[1], x[2]);
      case Operation::exp:
        return library("exp", x, type);
      case Operation::log:
        return library("log", x, type);
      case Operation::sin:
        return library("sin", x, type);
      case Operation::cos:
        return library("cos", x, type);
      case Operation::tan:
        return library("tan", x, type);
      case Operation::sinh:
        return library("sinh", x, type);
      case Operation::cosh:
        return library("cosh", x, type);
      case Operation::tanh:
        return library("tanh", x, type);
      case Operation::power:
        return library("pow", x, type);
      case Operation::add:
      case Operation::subtract:
      case Operation::multiply:
      case Operation::divide:
        break;
    }
    expects(false, "arithmetic in nodes of its own");
    return nullptr;
  }

  Value* library(const char* name, const std::vector<Value*>& x, Type* type) {
    auto* signature = llvm::FunctionType::get(real_, std::vector<Type*>(x.size(), real_), false);
    const llvm::FunctionCallee callee = module_->getOrInsertFunction(name, signature);
    auto* lanes = llvm::dyn_cast<llvm::FixedVectorType>(type);
    if (lanes == nullptr) return b_.CreateCall(callee, x);
    Value* result = llvm::PoisonValue::get(type);
    for (unsigned lane = 0; lane < lanes->getNumElements(); ++lane) {
      std::vector<Value*> one;
      for (Value* argument : x) one.push_back(b_.CreateExtractElement(argument, lane));
      result = b_.CreateInsertElement(result, b_.CreateCall(callee, one), lane);
    }
    return result;
  }

  // --- one body

  using RowKey = std::tuple<int, int, int, int>;  ///< input, component, shift along z, shift along y
  static RowKey row_key(const Load& l) { return {l.input, l.component, l.shift[2], l.shift[1]}; }

  /// Gives every row that is read a slot in the table; the rows of the output stand behind them, in order of component.
  void number_rows(const std::vector<RowKind>& kinds) {
    std::vector<const Region*> regions;
    for (const RowKind& kind : kinds) regions.insert(regions.end(), kind.along_x.begin(), kind.along_x.end());
    for (const Load& l : loads(regions)) slots_.try_emplace(row_key(l), slots_.size());
  }
  std::size_t slots() const { return slots_.size() + index(kernel_.outputs); }

  /// Where a body reads and writes: the first cell of each row, and the run-time numbers.
  struct Rows {
    std::map<RowKey, Value*> in;
    std::vector<Value*> out;
    std::map<int, Value*> scalars;
    /// Of the row along y and z, as doubles; along x of the cell, or the length of a piece of an interleaved row. Null
    /// where no body asks.
    std::array<Value*, 3> number{};
  };

  Value* slot(Value* table, std::size_t i) { return b_.CreateConstInBoundsGEP1_64(pointer_, table, i); }

  Rows rows_of(Function* f, const Region& region) {
    Rows rows;
    for (const Load& l : loads({&region})) {
      Value*& known = rows.in[row_key(l)];
      if (known == nullptr) known = b_.CreateLoad(pointer_, slot(f->getArg(table_p), slots_.at(row_key(l))));
    }
    for (std::size_t p = 0; p < index(kernel_.outputs); ++p)
      rows.out.push_back(b_.CreateLoad(pointer_, slot(f->getArg(table_p), slots_.size() + p)));
    for (const int i : scalars({&region}))
      rows.scalars[i] = b_.CreateLoad(real_, b_.CreateConstInBoundsGEP1_64(real_, f->getArg(row_scalars_p), index(i)));
    for (const int axis : indices({&region}))
      if (axis > 0) rows.number[index(axis)] = real(f->getArg(axis == 1 ? row_y_p : row_z_p));
    return rows;
  }

  /// Values of one body at one cell or at `lanes` neighbouring cells.
  class Body {
   public:
    /// `places` along x: of the cell with its neighbours, or of the first of several cells alone.
    Body(Emitter& emitter, const Rows& rows, std::vector<Value*> places, unsigned lanes)
        : e_(emitter),
          rows_(rows),
          places_(std::move(places)),
          lanes_(lanes),
          type_(lanes == 1 ? e_.real_ : llvm::FixedVectorType::get(e_.real_, lanes)) {}

    /// All values first, then all stores: no load has to wait for a store it cannot prove harmless. `past`: where cells
    /// may go past the caches; null: nowhere.
    void emit(const Region& region, Function* f = nullptr, Value* past = nullptr) {
      if (lanes_ > 1) take_turns(independent_sums(region));
      std::vector<Value*> values;
      for (const Assignment& a : region.body) values.push_back(value(a.value));
      const auto store = [&](bool past_caches) {
        for (std::size_t i = 0; i < values.size(); ++i) {
          Value* to = e_.real_at(rows_.out[index(region.body[i].component)], here());
          auto* stored = e_.b_.CreateAlignedStore(values[i], to, llvm::Align(past_caches ? 8 * lanes_ : 8));
          if (past_caches)
            stored->setMetadata(
                llvm::LLVMContext::MD_nontemporal,
                llvm::MDNode::get(e_.module_->getContext(), llvm::ConstantAsMetadata::get(e_.b_.getInt32(1))));
        }
      };
      if (past == nullptr) return store(false);
      BasicBlock *far = e_.block(f, "past"), *near = e_.block(f, "near"), *stored = e_.block(f, "stored");
      e_.b_.CreateCondBr(past, far, near);
      for (BasicBlock* way : {far, near}) {
        e_.b_.SetInsertPoint(way);
        store(way == far);
        e_.b_.CreateBr(stored);
      }
      e_.b_.SetInsertPoint(stored);
    }

   private:
    void take_turns(const std::vector<NodePtr>& sums) {
      std::vector<std::vector<NodePtr>> steps(sums.size());
      std::size_t longest = 0;
      for (std::size_t i = 0; i < sums.size(); ++i) {
        std::set<const Node*> seen;
        in_order(sums[i], seen, steps[i]);
        longest = std::max(longest, steps[i].size());
      }
      for (std::size_t turn = 0; turn < longest; ++turn)
        for (const std::vector<NodePtr>& own : steps)
          if (turn < own.size()) value(own[turn]);
    }
    /// What a value is made of, in the order of computation.
    static void in_order(const NodePtr& node, std::set<const Node*>& seen, std::vector<NodePtr>& all) {
      if (!seen.insert(node.get()).second) return;
      each_operand(*node, [&](const NodePtr& operand) { in_order(operand, seen, all); });
      all.push_back(node);
    }
    Value* here() const { return places_[places_.size() / 2]; }
    Value* value(const NodePtr& node) {
      Value*& known = known_[node.get()];
      if (known == nullptr) known = std::visit([&](const auto& inner) { return compute(inner); }, node->value);
      return known;
    }
    Value* all_lanes(Value* one) { return e_.all_lanes(one, lanes_); }

    Value* compute(const Number& n) { return llvm::ConstantFP::get(type_, n.value); }
    Value* compute(const Scalar& s) { return all_lanes(rows_.scalars.at(s.index)); }
    Value* compute(const Load& l) {
      Value*& known = loaded_[{l.input, l.component, l.shift[2], l.shift[1], l.shift[0]}];
      if (known == nullptr) {
        Value* row = rows_.in.at(row_key(l));
        known = e_.b_.CreateAlignedLoad(type_, address(row, l.shift[0]), llvm::Align(8));
      }
      return known;
    }
    Value* compute(const Add& n) {
      Value* left = value(n.left);
      return e_.b_.CreateFAdd(left, value(n.right));
    }
    Value* compute(const Subtract& n) {
      Value* left = value(n.left);
      return e_.b_.CreateFSub(left, value(n.right));
    }
    Value* compute(const Multiply& n) {
      Value* left = value(n.left);
      return e_.b_.CreateFMul(left, value(n.right));
    }

    Value* compute(const Divide& n) {
      Value* left = value(n.left);
      return e_.b_.CreateFDiv(left, value(n.right));
    }
    Value* compute(const Index& i) {
      if (i.axis > 0 || lanes_ == 1) return all_lanes(rows_.number[index(i.axis)]);
      std::vector<llvm::Constant*> steps;
      for (unsigned lane = 0; lane < lanes_; ++lane) steps.push_back(llvm::ConstantFP::get(e_.real_, lane));
      Value* lane = llvm::ConstantVector::get(steps);
      if (!e_.options_.interleave) return e_.b_.CreateFAdd(all_lanes(e_.real(here())), lane);
      Value* way = all_lanes(e_.real(e_.b_.CreateSRem(here(), e_.number64(ways))));
      Value* before = e_.b_.CreateFMul(e_.b_.CreateFAdd(way, lane), all_lanes(rows_.number[0]));
      return e_.b_.CreateFAdd(before, all_lanes(e_.real(e_.b_.CreateSDiv(here(), e_.number64(ways)))));
    }
    Value* compute(const Apply& a) {
      std::vector<Value*> x;
      for (const NodePtr& argument : a.arguments) x.push_back(value(argument));
      return e_.function(a.operation, x, type_);
    }

    /// Vectors never wrap around: their neighbours stand at a constant distance, which x86 adds for nothing.
    Value* address(Value* row, int shift) {
      if (lanes_ == 1) return e_.real_at(row, places_[index(e_.kernel_.reach + shift)]);
      return e_.real_at(e_.real_at(row, here()), shift * e_.step());
    }

    Emitter& e_;
    const Rows& rows_;
    std::vector<Value*> places_;
    unsigned lanes_;
    Type* type_;
    std::map<const Node*, Value*> known_;
    std::map<std::tuple<int, int, int, int, int>, Value*> loaded_;
  };

  // --- functions

  /// cell.<place>(table, scalars, y, z, x, places of x − reach, …, x, …, x + reach)
  Function* cell_function(const Region& region) {
    std::string place = "cell";
    for (const Zone zone : region.zones) place += "." + name(zone);
    const std::size_t places = index(2 * kernel_.reach + 1);
    std::vector<Type*> parameters{pointer_, pointer_, integer_, integer_, integer_};
    parameters.insert(parameters.end(), places, integer_);
    Function* f = new_function(place, std::move(parameters), true);
    f->addFnAttr(llvm::Attribute::OptimizeNone);
    f->addFnAttr(llvm::Attribute::NoInline);
    Rows rows = rows_of(f, region);
    if (indices({&region}).contains(0)) rows.number[0] = real(f->getArg(number_p));
    std::vector<Value*> at;
    for (unsigned i = 0; i < places; ++i) at.push_back(f->getArg(first_place_p + i));
    Body(*this, rows, std::move(at), 1).emit(region);
    b_.CreateRetVoid();
    return f;
  }

  /// The cell x of a row; `wraps`: its neighbours may stand at the other end.
  void call_cell(Function* row, Function* cell, Value* x, bool wraps) {
    std::vector<Value*> arguments{row->getArg(table_p), row->getArg(row_scalars_p), row->getArg(row_y_p),
                                  row->getArg(row_z_p), x};
    Value* n = row->getArg(length_p);
    for (int shift = -kernel_.reach; shift <= kernel_.reach; ++shift)
      arguments.push_back(place(neighbour(x, n, wraps && shift != 0, shift), n));
    b_.CreateCall(cell, arguments);
  }

  /// row.<kind>(table, scalars, y, z, length, stride along y)
  Function* row_function(const RowKind& kind) {
    const bool wraps = kind.along_x.size() == 1, edge = near_wall(kind.y) && near_wall(kind.z);
    const bool all_vectors = options_.interleave && !edge;
    const int reach = kernel_.reach;
    const std::size_t inner = wraps ? 0 : index(reach);
    std::vector<Function*> cells;
    for (const Region* region : kind.along_x)
      cells.push_back(all_vectors && region == kind.along_x[inner] ? nullptr : cell_function(*region));

    Function* f = new_function("row." + name(kind.y) + "." + name(kind.z),
                               {pointer_, pointer_, integer_, integer_, integer_, integer_}, true);
    Value* n = f->getArg(length_p);
    if (all_vectors) interleaved_vectors(f, *kind.along_x[inner], n);
    if (!(all_vectors && wraps)) {
      for (int x = 0; x < reach; ++x)
        where(f, b_.CreateICmpSGT(n, number64(x)),
              [&] { call_cell(f, cells[wraps ? 0 : index(x)], number64(x), wraps); });
      if (!all_vectors) {
        BasicBlock* inner_end = block(f, "inner.end");
        Value* end = b_.CreateSub(n, number64(reach));
        if (!edge) inner_vectors(f, *kind.along_x[inner], end, inner_end);
        inner_cells(f, cells[inner], end, inner_end);
        b_.SetInsertPoint(inner_end);
      }
      for (int left = reach; left > 0; --left)
        where(f, b_.CreateICmpSGE(n, number64(reach + left)), [&] {
          call_cell(f, cells[wraps ? 0 : cells.size() - index(left)], b_.CreateSub(n, number64(left)), wraps);
        });
    }
    if (options_.interleave) close_rows(f, n);
    b_.CreateRetVoid();
    return f;
  }

  /// Code that runs under a condition.
  template <class Code>
  void where(Function* f, Value* condition, const Code& code) {
    BasicBlock* yes = block(f, "yes");
    BasicBlock* after = block(f, "after");
    b_.CreateCondBr(condition, yes, after);
    b_.SetInsertPoint(yes);
    code();
    b_.CreateBr(after);
    b_.SetInsertPoint(after);
  }

  BasicBlock* block(Function* f, const char* name) { return BasicBlock::Create(module_->getContext(), name, f); }

  /// Cells reach … end − 1 in vectors and on to `done`, if they fill one; where they do not, code goes on behind.
  void inner_vectors(Function* f, const Region& region, Value* end, BasicBlock* done) {
    const long lanes = options_.lanes;
    BasicBlock* vectors = block(f, "vectors");
    BasicBlock* few = block(f, "few");
    b_.CreateCondBr(b_.CreateICmpSGE(end, number64(kernel_.reach + lanes)), vectors, few);
    b_.SetInsertPoint(vectors);
    const Rows rows = rows_of(f, region);
    Value* fits = b_.CreateSub(end, number64(lanes));  // the last vector is moved back to where it just fits
    const std::vector<Value*> ahead = ahead_of(f, region, rows);
    counted(f, "vector", kernel_.reach, done, [&](Value* x) {
      for (Value* row : ahead) prefetch(real_at(row, x));
      Body(*this, rows, {x}, options_.lanes).emit(region);
      // Where rows begin with a cache line, so do vectors.
      Value* next = b_.CreateAnd(b_.CreateAdd(x, number64(lanes)), number64(-lanes));
      next = b_.CreateSelect(b_.CreateICmpSLT(next, fits), next, fits);
      return std::pair(next, b_.CreateICmpSLT(x, fits));
    });
    b_.SetInsertPoint(few);
  }

  /// All cells of an interleaved row.
  void interleaved_vectors(Function* f, const Region& region, Value* n) {
    BasicBlock* done = block(f, "vectors.end");
    Rows rows = rows_of(f, region);
    if (indices({&region}).contains(0)) rows.number[0] = real(b_.CreateSDiv(n, number64(ways)));
    const std::vector<Value*> ahead = ahead_of(f, region, rows);
    counted(f, "vector", 0, done, [&](Value* at) {
      for (Value* row : ahead) prefetch(real_at(row, at));
      Body(*this, rows, {at}, options_.lanes).emit(region, f, past(at, n));
      Value* next = b_.CreateAdd(at, number64(options_.lanes));
      return std::pair(next, b_.CreateICmpSLT(next, n));
    });
    b_.SetInsertPoint(done);
  }

  /// Whether kernels write past the caches, where interleaved rows begin where cache lines do: what is beyond them need
  /// not be read first. The groups that close a row are read soon.
  bool streams() const { return kernel_.streams && options_.prefetch && options_.interleave; }
  Value* past(Value* at, Value* n) {
    if (!streams()) return nullptr;
    Value* edge = number64(kernel_.reach * ways);
    return b_.CreateAnd(b_.CreateICmpSGE(at, edge), b_.CreateICmpSLT(at, b_.CreateSub(n, edge)));
  }

  /// As close_row does for every row of the output.
  void close_rows(Function* f, Value* n) {
    auto* group = llvm::FixedVectorType::get(real_, ways);
    const auto turned = [&](Value* from, int by, Value* to) {
      std::vector<int> order;
      for (int way = 0; way < ways; ++way)
        order.push_back((way + by + static_cast<int>(ways)) % static_cast<int>(ways));
      Value* cells = b_.CreateAlignedLoad(group, from, llvm::Align(8));
      b_.CreateAlignedStore(b_.CreateShuffleVector(cells, order), to, llvm::Align(8));
    };
    for (std::size_t p = 0; p < index(kernel_.outputs); ++p) {
      Value* row = b_.CreateLoad(pointer_, slot(f->getArg(table_p), slots_.size() + p));
      Value* end = real_at(row, n);
      for (long i = 0; i < kernel_.reach; ++i) {
        turned(real_at(row, i * ways), 1, real_at(end, i * ways));
        turned(real_at(end, -(1 + i) * ways), -1, real_at(row, -(1 + i) * ways));
      }
    }
  }

  /// What to ask for ahead of time. Beyond the caches, what will be read and written first two rows on: two rows behind
  /// each field's last row here, and the output's. The processor's own prefetching stops at the ends of pages, which
  /// come too soon with so many streams. In the caches, what interleaved rows, which wait for little else, read first
  /// in the next row.
  std::vector<Value*> ahead_of(Function* f, const Region& region, const Rows& rows) {
    std::vector<Value*> all;
    if (!options_.prefetch && !options_.interleave) return all;
    Value* distance = b_.CreateMul(f->getArg(stride_p), number64(options_.prefetch ? 2 : 1));
    for (const Load& l : last_rows(region)) all.push_back(real_at(rows.in.at(row_key(l)), distance));
    if (options_.prefetch && !streams())
      for (Value* row : rows.out) all.push_back(real_at(row, distance));
    return all;
  }

  /// To the second level of the caches, or, what is needed sooner, to the first.
  void prefetch(Value* address) {
    Function* hint = llvm::Intrinsic::getDeclaration(module_.get(), llvm::Intrinsic::prefetch, {pointer_});
    const std::uint32_t level = options_.prefetch ? 2 : 3;
    b_.CreateCall(hint, {address, b_.getInt32(0), b_.getInt32(level), b_.getInt32(1)});  // to read, how near, data
  }

  /// Cells reach … end − 1 one by one and on to `done`.
  void inner_cells(Function* f, Function* cell, Value* end, BasicBlock* done) {
    BasicBlock* some = block(f, "cells");
    b_.CreateCondBr(b_.CreateICmpSGT(end, number64(kernel_.reach)), some, done);
    b_.SetInsertPoint(some);
    counted(f, "cell", kernel_.reach, done, [&](Value* x) {
      Value* next = b_.CreateAdd(x, number64(1));
      call_cell(f, cell, x, false);
      return std::pair(next, b_.CreateICmpSLT(next, end));
    });
  }

  /// A loop which is entered at least once; `body` gives the next value and whether to go on.
  template <class LoopBody>
  void counted(Function* f, const char* name, long start, BasicBlock* to, const LoopBody& body) {
    BasicBlock* from = b_.GetInsertBlock();
    BasicBlock* loop = block(f, name);
    b_.CreateBr(loop);
    b_.SetInsertPoint(loop);
    llvm::PHINode* x = b_.CreatePHI(integer_, 2);
    x->addIncoming(number64(start), from);
    const auto [next, more] = body(x);
    x->addIncoming(next, b_.GetInsertBlock());
    b_.CreateCondBr(more, loop, to);
  }

  /// A place and a shift along an axis of n cells, around its ends or not. Divisions would take longer than all else a
  /// short row begins with.
  Value* neighbour(Value* at, Value* n, bool wraps, int shift) {
    if (!wraps) return b_.CreateAdd(at, number64(shift));
    Value* next = at;
    for (int left = std::abs(shift); left > 0; --left) {
      if (shift < 0) {
        Value* before = b_.CreateSub(next, number64(1));
        next = b_.CreateSelect(b_.CreateICmpEQ(next, number64(0)), b_.CreateSub(n, number64(1)), before);
      } else {
        Value* after = b_.CreateAdd(next, number64(1));
        next = b_.CreateSelect(b_.CreateICmpEQ(after, n), number64(0), after);
      }
    }
    return next;
  }

  void exported_function(const std::vector<RowKind>& kinds, const std::vector<Function*>& functions) {
    Function* f =
        new_function("rdd_" + kernel_.name, {pointer_, pointer_, pointer_, pointer_, integer_, integer_}, false);
    Value* layout = f->getArg(layout_p);
    Value* n[3];
    for (std::size_t axis = 0; axis < 3; ++axis) n[axis] = layout_n(layout, axis);
    Value* table = b_.CreateAlloca(llvm::ArrayType::get(pointer_, slots()));
    const long halo = options_.interleave ? kernel_.reach * ways : 0;
    std::map<std::pair<int, int>, Value*> fields;  // input and component, from the first cell on
    for (const auto& [key, slot] : slots_) {
      const auto [input, component, dz, dy] = key;
      if (fields.contains({input, component})) continue;
      Value* field = b_.CreateLoad(pointer_, b_.CreateConstInBoundsGEP1_64(pointer_, f->getArg(in_p), index(input)));
      Value* array = real_at(field, b_.CreateMul(layout_stride(layout, 2), number64(component)));
      fields[{input, component}] = real_at(array, halo);
    }
    std::vector<Value*> outputs;
    for (int p = 0; p < kernel_.outputs; ++p)
      outputs.push_back(real_at(real_at(f->getArg(out_p), b_.CreateMul(layout_stride(layout, 2), number64(p))), halo));
    Value* first_y = b_.CreateSRem(f->getArg(first_p), n[1]);
    Value* first_z = b_.CreateSDiv(f->getArg(first_p), n[1]);
    BasicBlock* entry = b_.GetInsertBlock();
    BasicBlock* loop = block(f, "row");
    BasicBlock* next = block(f, "row.next");
    BasicBlock* done = block(f, "done");
    b_.CreateCondBr(b_.CreateICmpSLT(f->getArg(first_p), f->getArg(last_p)), loop, done);

    b_.SetInsertPoint(loop);
    llvm::PHINode* row = b_.CreatePHI(integer_, 2, "row");
    llvm::PHINode* y = b_.CreatePHI(integer_, 2, "y");
    llvm::PHINode* z = b_.CreatePHI(integer_, 2, "z");
    row->addIncoming(f->getArg(first_p), entry);
    y->addIncoming(first_y, entry);
    z->addIncoming(first_z, entry);
    Value* at[3] = {nullptr, y, z};
    std::map<int, Value*> offset[3];  // of the rows at a shift along y and z
    const auto row_at = [&](std::size_t axis, int shift) {
      Value*& known = offset[axis][shift];
      if (known == nullptr)
        known = b_.CreateMul(neighbour(at[axis], n[axis], kernel_.periodic[axis] && shift != 0, shift),
                             layout_stride(layout, axis - 1));
      return known;
    };
    const auto fill = [&](std::size_t i, Value* field, int dz, int dy) {
      Value* along_y = row_at(1, dy);
      Value* to_row = b_.CreateAdd(along_y, row_at(2, dz));
      b_.CreateStore(real_at(field, to_row), slot(table, i));
    };
    for (const auto& [key, i] : slots_) {
      const auto [input, component, dz, dy] = key;
      fill(i, fields.at({input, component}), dz, dy);
    }
    for (std::size_t p = 0; p < outputs.size(); ++p) fill(slots_.size() + p, outputs[p], 0, 0);

    const auto in_zone = [&](Zone zone, std::size_t axis) -> Value* {
      Value* left = b_.CreateSub(n[axis], at[axis]);
      switch (zone) {
        case Zone::low:
          return b_.CreateICmpEQ(at[axis], number64(0));
        case Zone::low_second:
          return b_.CreateICmpEQ(at[axis], number64(1));
        case Zone::middle:
          return b_.CreateAnd(b_.CreateICmpSGE(at[axis], number64(kernel_.reach)),
                              b_.CreateICmpSGT(left, number64(kernel_.reach)));
        case Zone::high_second:
          return b_.CreateICmpEQ(left, number64(2));
        case Zone::high:
          return b_.CreateICmpEQ(left, number64(1));
        case Zone::any:
          break;
      }
      return b_.getTrue();
    };
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      BasicBlock* here = block(f, "kind");
      BasicBlock* otherwise = block(f, "kind.other");
      b_.CreateCondBr(b_.CreateAnd(in_zone(kinds[k].y, 1), in_zone(kinds[k].z, 2)), here, otherwise);
      b_.SetInsertPoint(here);
      b_.CreateCall(functions[k], {table, f->getArg(scalars_p), at[1], at[2], n[0], layout_stride(layout, 0)});
      b_.CreateBr(next);
      b_.SetInsertPoint(otherwise);
    }
    b_.CreateUnreachable();

    b_.SetInsertPoint(next);
    Value* following = b_.CreateAdd(row, number64(1));
    row->addIncoming(following, next);
    Value* following_y = neighbour(y, n[1], true, 1);
    y->addIncoming(following_y, next);
    z->addIncoming(b_.CreateSelect(b_.CreateICmpEQ(following_y, number64(0)), b_.CreateAdd(z, number64(1)), z), next);
    b_.CreateCondBr(b_.CreateICmpSLT(following, f->getArg(last_p)), loop, done);
    b_.SetInsertPoint(done);
    if (streams()) b_.CreateFence(llvm::AtomicOrdering::SequentiallyConsistent);  // before others read the rows
    b_.CreateRetVoid();
  }

  const KernelIr& kernel_;
  const LlvmOptions& options_;
  std::unique_ptr<llvm::Module> module_;
  llvm::IRBuilder<> b_;
  Type* real_;
  Type* integer_;
  Type* pointer_;
  std::map<RowKey, std::size_t> slots_;
};

}  // namespace

std::unique_ptr<llvm::Module> emit_llvm(const KernelIr& kernel, llvm::LLVMContext& context,
                                        const LlvmOptions& options) {
  return Emitter(kernel, context, options).take();
}

}  // namespace rdd
